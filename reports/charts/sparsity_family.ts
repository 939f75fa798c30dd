/**
 * Charts of one network at several sparsities: items per second and speed-up over dense, a line for each sparsity.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { itemsPerSecond, type NetworkSweep, type SweptTime } from "../../results/mod.ts";
import { percent, significant, times } from "../wording.ts";
import { doublingAxis, logAxis, ratioAxis } from "./axis.ts";
import { type Curve, curvesSpec } from "./curves.ts";
import { AXES, ceilingsOf, seenOf, speedupPoint } from "./network_sweep.ts";
import type { Layout } from "./theme.ts";

const SPARSE = "skipzero-native";
const DENSE = "skipzero-native-dense";

/** Sweeps over the batch that differ in their sparsity only, the fullest first. */
export type SparsityFamily = readonly NetworkSweep[];

/** Families of two sparsities and more that were timed in machine code. */
export function sparsityFamilies(sweeps: readonly NetworkSweep[]): SparsityFamily[] {
  const own = sweeps.filter(({ axis, times }) => axis === "batch" && times.has(SPARSE));
  const groups = Map.groupBy(own, ({ network, threads }) => {
    const { batch: _, sparsity: __, ...rest } = network;
    return JSON.stringify([rest, threads]);
  });
  return [...groups.values()]
    .map((family) => family.toSorted((a, b) => a.network.sparsity - b.network.sparsity))
    .filter((family) => new Set(family.map(({ network }) => network.sparsity)).size > 1);
}

function zeros({ network }: NetworkSweep): string {
  return `${percent(network.sparsity, 0)} zeros`;
}

function ratePoint(time: SweptTime): Curve["points"][number] {
  const { estimate, low, high } = itemsPerSecond(time)!; // its cell is a network's
  const tip = `${time.measurement.cell}, ${time.measurement.engine}: ${
    significant(estimate)
  } items per second`;
  return { x: time.at, y: estimate, interval: [low, high], tip };
}

/** Items a second over the batch, with both dense engines. */
export function familyRateSpec(family: SparsityFamily, layout: Layout): TopLevelSpec {
  const sparsest = family.at(-1)!;
  const dense = [DENSE, "onnxruntime-node"].flatMap((engine): Curve[] => {
    const timed = sparsest.times.get(engine);
    return timed ? [{ label: engine, tone: "dense", points: timed.map(ratePoint) }] : [];
  });
  const sparse = family.map((sweep): Curve => ({
    label: zeros(sweep),
    tone: "sparse",
    points: sweep.times.get(SPARSE)!.map(ratePoint),
  }));
  const curves = [...dense, ...sparse];
  const x = doublingAxis(sparsest.places, AXES.batch.title);
  return curvesSpec({ x, y: logAxis(seenOf(curves), "items per second"), curves }, layout);
}

/** Speed-up over our own dense kernels, as the slide has it, with the ceiling of each sparsity. */
export function familySpeedupSpec(family: SparsityFamily, layout: Layout): TopLevelSpec {
  const lines = family.flatMap((sweep) => {
    const ratios = overDense(sweep);
    return ratios.length === 0 ? [] : [{ sweep, ratios }];
  });
  const curves = lines.map(({ sweep, ratios }): Curve => ({
    label: zeros(sweep),
    tone: "sparse",
    points: ratios.map((ratio) => speedupPoint(ratio, "batch")),
  }));
  const ceilings = lines.map(({ ratios }) => ceilingsOf(ratios)).filter((all) => all.length > 1);
  const places = [...seenOf(curves), ...ceilings.flat().map(({ y }) => y)];
  const x = doublingAxis(family.at(-1)!.places, AXES.batch.title);
  return curvesSpec({ x, y: ratioAxis(places, "speed-up over dense"), curves, ceilings }, layout);
}

function overDense({ ratios }: NetworkSweep): NetworkSweep["ratios"][number] {
  return ratios.find(([first]) =>
    first!.comparison.subject === SPARSE && first!.comparison.baseline === DENSE
  ) ?? [];
}

/** What the charts show, e.g. `98 % zeros give 11.2x to 14.5x over dense, 50 % zeros 1.6x to 1.7x`. */
export function familyTitle(family: SparsityFamily): string {
  const range = (sweep: NetworkSweep): string => {
    const ratios = overDense(sweep).map(({ comparison }) => comparison.ratio.estimate);
    if (ratios.length === 0) return "an unmeasured speed-up";
    const [low, high] = [times(Math.min(...ratios)), times(Math.max(...ratios))];
    return low === high ? low : `${low} to ${high}`;
  };
  const [fullest, sparsest] = [family[0]!, family.at(-1)!];
  return `${zeros(sparsest)} give ${range(sparsest)} over dense, ${zeros(fullest)} ${
    range(fullest)
  }`;
}
