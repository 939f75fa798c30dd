/**
 * Axes: where they begin and end, and which ticks they have.
 *
 * Ticks are given in full, since a chart compiled without a canvas cannot measure its labels.
 *
 * @module
 */

/** A quantitative axis. */
export interface Axis {
  /** Quantity and unit. */
  readonly title: string;
  /** How values map to places. */
  readonly scale: "log" | "linear";
  /** Both ends. */
  readonly domain: readonly [number, number];
  /** Labelled places, within the domain. */
  readonly ticks: readonly number[];
  /** What is written at the ticks, in their order; absent = their numbers. */
  readonly labels?: readonly string[];
  /** Written after each label, e.g. `x`. */
  readonly suffix: string;
  /** Where nothing differs, drawn as a rule: 1 for ratios, 0 for differences. */
  readonly reference: number | null;
}

/** Most labels an axis has; they fit into the narrow layout too. */
const MOST_TICKS = 6;

/** Logarithmic axis for speed-ups, with 1x always in sight. */
export function ratioAxis(values: readonly number[], title: string): Axis {
  const low = Math.min(1, ...values);
  const high = Math.max(1, ...values);
  const axis = { title, scale: "log", suffix: "x", reference: 1 } as const;
  if (high / low < 1.8) {
    const margin = Math.max(0.02, (high - low) * 0.06);
    const domain = [Math.max(low / 2, low - margin), high + margin] as const;
    return { ...axis, domain, ticks: evenTicks(domain) };
  }
  const domain = [low / 1.12, high * 1.12] as const;
  return { ...axis, domain, ticks: doublingTicks(domain) };
}

/** Powers of 2, of 4, of 8 ..., so that 1 is always among them. */
function doublingTicks([low, high]: readonly [number, number]): number[] {
  for (let step = 1;; step++) {
    const first = Math.ceil(Math.log2(low) / step);
    const last = Math.floor(Math.log2(high) / step);
    if (last - first >= MOST_TICKS) continue;
    return Array.from({ length: last - first + 1 }, (_, i) => 2 ** ((first + i) * step));
  }
}

/** Logarithmic axis for positive quantities such as times. */
export function logAxis(values: readonly number[], title: string): Axis {
  const positive = values.filter((value) => value > 0);
  const [low, high] = positive.length > 0
    ? [Math.min(...positive) / 1.3, Math.max(...positive) * 1.3]
    : [0.5, 2];
  const domain = [low, high] as const;
  const axis = { title, scale: "log", domain, suffix: "", reference: null } as const;
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = decadeTicks(domain, steps);
    if (ticks.length <= MOST_TICKS && ticks.length >= 2) return { ...axis, ticks };
  }
  const tens = decadeTicks(domain, [1]);
  if (tens.length < 2) return { ...axis, ticks: evenTicks(domain) };
  const every = Math.ceil(tens.length / MOST_TICKS);
  return { ...axis, ticks: tens.filter((_, index) => index % every === 0) };
}

/** Logarithmic axis for counts that double, such as the items of a run. */
export function doublingAxis(counts: readonly number[], title: string): Axis {
  const [low, high] = counts.length > 0 ? [Math.min(...counts), Math.max(...counts)] : [1, 1];
  const domain = [low / 1.15, high * 1.15] as const;
  const ticks = doublingTicks(domain);
  const axis = { title, scale: "log", domain, suffix: "", reference: null } as const;
  return { ...axis, ticks: ticks.length > 0 ? ticks : [low] };
}

function decadeTicks([low, high]: readonly [number, number], steps: readonly number[]): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const step of steps) ticks.push(tidy(step * 10 ** power));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** Linear axis around the values; the reference, if there is one, is always in sight. */
export function linearAxis(
  values: readonly number[],
  options: {
    readonly title: string;
    readonly reference?: number | null;
    readonly suffix?: string;
    readonly limits?: readonly [number, number];
  },
): Axis {
  const { title, reference = null, suffix = "", limits = [-Infinity, Infinity] } = options;
  const all = reference === null ? values : [...values, reference];
  const [low, high] = all.length > 0 ? [Math.min(...all), Math.max(...all)] : [0, 1];
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  const domain = [
    Math.max(limits[0], low - margin),
    Math.min(limits[1], high + margin),
  ] as const;
  return { title, scale: "linear", domain, ticks: evenTicks(domain), suffix, reference };
}

/** Sparsities that an axis of {@linkcode sparsityAxis} can name. */
const NAMED_SPARSITIES = [0, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99];

/** Place of a sparsity on {@linkcode sparsityAxis}: how often the weights that are left were halved. */
export function sparsityPlace(sparsity: number): number {
  return Math.log2(1 / (1 - Math.min(sparsity, 0.9999)));
}

/** Axis of sparsities, logarithmic in what is left: from 90 to 95 % zeros is as far as from 0 to 50 %. */
export function sparsityAxis(sparsities: readonly number[], title: string): Axis {
  const most = Math.max(0.5, ...sparsities);
  const named = NAMED_SPARSITIES.filter((sparsity) => sparsity <= most + 1e-9);
  return {
    title,
    scale: "linear",
    domain: [-0.1, sparsityPlace(most) + 0.15],
    ticks: named.map(sparsityPlace),
    labels: named.map((sparsity) => `${Math.round(100 * sparsity)}`),
    suffix: "",
    reference: null,
  };
}

/** Multiples of 1, 2 or 5 times a power of ten. */
export function evenTicks([low, high]: readonly [number, number]): number[] {
  const rough = (high - low) / MOST_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => tidy((first + i) * step));
}

/** Takes away what arithmetic leaves, such as 0.30000000000000004. */
function tidy(value: number): number {
  return Number(value.toPrecision(10)) || 0;
}
