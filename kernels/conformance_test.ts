// Every kernel on every target against float64: on processors where they have the instructions, and interpreted always.
import { assert } from "@std/assert";
import { createRandom, type Random } from "../core/mod.ts";
import type { Backend, Step } from "./backend.ts";
import { packWeights } from "./formats/mod.ts";
import { type KernelCase, kernelName, KERNELS } from "./kernels.ts";
import { type Target, TARGETS } from "./machine.ts";
import { kernelSupport, openBackend } from "./open.ts";
import {
  attentionContext,
  attentionScores,
  elementwise,
  embed,
  embedScratchBytes,
  gatherLane,
  layerNorm,
  type Op,
  paddedRows,
  softmax,
  spmm,
  tileOf,
} from "./ops/mod.ts";
import {
  createInterpreter,
  guardArena,
  type GuardedArena,
  randomWeights,
  referenceContext,
  referenceEmbed,
  referenceLayerNorm,
  referenceLinear,
  referencePostOp,
  referenceScores,
  referenceSoftmax,
} from "./reference/mod.ts";

// Shape letters: P = lanes of a panel, R = rows of a tile.
// Tolerances are absolute and relative to the sum of the magnitudes that were added up.
const SUM_TOLERANCE = 1e-6;
const FUNCTION_TOLERANCE = 1e-6;
const ARENA_BYTES = 1 << 24;
const SEEDS = [1, 2];

/** One or more calls of a kernel and the proof that they computed what they should. */
interface Trial {
  readonly steps: readonly Step[];
  prove(): void;
}

/** What a trial is made with. */
interface Bench {
  readonly target: Target;
  readonly arena: GuardedArena;
  readonly random: Random;
}

const { targets, missing } = kernelSupport();
for (const target of TARGETS) {
  const where = [
    {
      name: `${target} interpreted`,
      open: createInterpreter,
      seeds: SEEDS.slice(0, 1),
      reason: null,
    },
    {
      name: target,
      open: openBackend,
      seeds: SEEDS,
      reason: targets.includes(target) ? null : missing[target] ?? "not supported",
    },
  ];
  for (const { name, open, seeds, reason } of where) {
    for (const kernel of KERNELS) {
      Deno.test({
        name: `${kernelName(kernel)}() agrees with the reference on ${name}${
          reason === null ? "" : `: skipped, ${reason}`
        }`,
        ignore: reason !== null,
        fn: () => {
          using backend = open({ target, arenaBytes: ARENA_BYTES });
          for (const seed of seeds) conform(kernel, backend, seed);
        },
      });
    }
  }
}

function conform(kernel: KernelCase, backend: Backend, seed: number): void {
  const arena = guardArena(backend);
  const bench = { target: backend.target, arena, random: createRandom(seed) };
  const trials = trialsOf(kernel, bench);
  using program = backend.build([trials.flatMap(({ steps }) => steps)]);
  program.run();
  for (const trial of trials) trial.prove();
  arena.check();
}

function trialsOf(kernel: KernelCase, bench: Bench): Trial[] {
  switch (kernel.op) {
    case "spmm":
      return spmmTrials(kernel, bench);
    case "attention_scores":
      return keyCounts().map(([keys, features]) => scoresTrial(bench, keys, features));
    case "attention_context":
      return keyCounts().map(([keys, features]) => contextTrial(bench, keys, features));
    case "softmax":
      return [1, 7, 64, 129].map((rows) => softmaxTrial(bench, rows));
    case "layer_norm":
      return [1, 2, 7, 64].map((rows) => layerNormTrial(bench, rows, kernel.residual));
    case "elementwise":
      return [16, 64 * 13, 1 << 14].map((length) => elementwiseTrial(bench, length, kernel.post));
    case "embed":
      return [1, 7, 8, 16, 17, 67].map((hidden) => embedTrial(bench, hidden));
    case "gather_lane":
      return [[0, 3, 1], [63, 0, 7]].map(([from, to, rows]) =>
        gatherTrial(bench, from!, to!, rows!)
      );
  }
}

function call<Named>(kernel: Op<Named>, named: Named): Step {
  return { do: "call", kernel, args: kernel.args(named) };
}

// --- spmm

type SpmmCase = Extract<KernelCase, { op: "spmm" }>;

interface SpmmSize {
  readonly rows: number;
  readonly cols: number;
  readonly panels: number;
  readonly panelLanes: number;
}

function spmmTrials(kernel: SpmmCase, bench: Bench): Trial[] {
  const { rows: tile } = tileOf(kernel.pattern, bench.target, 64);
  const unit = kernel.pattern.kind === "block" ? kernel.pattern.rows : tile;
  const group = kernel.pattern.kind === "n_of_m" ? kernel.pattern.m : 1;
  const sizes: SpmmSize[] = [
    { rows: 1, cols: 1, panels: 1, panelLanes: 64 },
    { rows: 7, cols: 13, panels: 2, panelLanes: 64 },
    { rows: Math.max(1, unit - 1), cols: 2 * group, panels: 1, panelLanes: 64 },
    { rows: unit, cols: 3 * group, panels: 3, panelLanes: 64 },
    { rows: unit + 1, cols: 5 * group, panels: 1, panelLanes: 64 },
    { rows: 3 * unit, cols: 16 * group, panels: 1, panelLanes: 64 },
    { rows: unit, cols: 4 * group, panels: 2, panelLanes: 16 },
    { rows: 2 * unit, cols: 4 * group, panels: 1, panelLanes: 48 },
  ];
  return sizes.map((size) => spmmTrial(kernel, bench, size));
}

function spmmTrial(kernel: SpmmCase, { target, arena, random }: Bench, size: SpmmSize): Trial {
  const { rows, cols, panels, panelLanes } = size;
  const { pattern, post } = kernel;
  const tile = tileOf(pattern, target, panelLanes);
  const weights = randomWeights(random, rows, cols, pattern);
  const packed = packWeights(weights, rows, cols, pattern, { panelLanes, tile });
  // one row more than needed, which must stay as it is
  const written = paddedRows(rows, tile.rows);
  const [xFloats, yFloats] = [(cols + 1) * panelLanes, (written + 1) * panelLanes];
  const x = uniform(random, panels * xFloats);
  const bias = uniform(random, written);
  const residual = kernel.residual ? uniform(random, panels * yFloats) : null;
  const y = arena.output(panels * yFloats);
  const step = call(spmm({ target, pattern, post, residual: kernel.residual, panelLanes }), {
    x: arena.input(x),
    xPanelStride: xFloats * 4,
    y,
    yPanelStride: yFloats * 4,
    ...(residual && { residual: arena.input(residual), residualPanelStride: yFloats * 4 }),
    values: arena.input(packed.values),
    offsets: arena.input(packed.offsets),
    counts: arena.input(packed.counts),
    bias: arena.input(bias),
    cols,
    rowBlocks: packed.rowBlocks,
    panels,
  });
  const prove = (panel: number): void => {
    const problem = {
      weights,
      rows,
      cols,
      lanes: panelLanes,
      x: x.subarray(panel * xFloats),
      bias,
      residual: residual && residual.subarray(panel * yFloats),
      post,
    };
    const actual = arena.read(y, panels * yFloats).subarray(panel * yFloats, (panel + 1) * yFloats);
    const magnitude = referenceLinear({
      ...problem,
      weights: weights.map(Math.abs),
      x: problem.x.map(Math.abs),
      bias: bias.map(Math.abs),
      residual: problem.residual && problem.residual.map(Math.abs),
      post: "none",
    });
    const tolerance = magnitude.map((sum) => SUM_TOLERANCE * sum + FUNCTION_TOLERANCE);
    const what = `${rows}x${cols}, panel ${panel + 1} of ${panels}, P=${panelLanes}`;
    assertClose(actual, referenceLinear(problem), tolerance, what);
    assert(
      actual.subarray(written * panelLanes).every(Number.isNaN),
      `${what}: written past the last row`,
    );
  };
  return {
    steps: [step],
    prove: () => Array.from({ length: panels }, (_, panel) => prove(panel)),
  };
}

// --- attention

function keyCounts(): [number, number][] {
  return [[1, 1], [3, 4], [4, 3], [5, 5], [63, 16], [64, 8], [65, 8], [100, 16], [131, 7]];
}

const P = 64;
// another head's rows before and behind the head's own
const ROWS_BEFORE = 2;

/** `[features][tokens]` in panels of P, with `ROWS_BEFORE` rows more on each side. */
function panelsOfHead(values: Float32Array, features: number, tokens: number): Float32Array {
  const stride = (features + 2 * ROWS_BEFORE) * P;
  const panels = new Float32Array(Math.ceil(tokens / P) * stride).fill(0.5);
  values.forEach((value, i) => {
    const [feature, token] = [Math.floor(i / tokens), i % tokens];
    panels[Math.floor(token / P) * stride + (ROWS_BEFORE + feature) * P + token % P] = value;
  });
  return panels;
}

function scoresTrial({ target, arena, random }: Bench, keys: number, features: number): Trial {
  const key = uniform(random, features * keys);
  const query = uniform(random, features * P);
  const bias = uniform(random, keys).map((value) => value > 0 ? 0 : -10000);
  const scale = 1 / Math.sqrt(features);
  const scores = arena.output(keys * P);
  const step = call(attentionScores({ target, scale }), {
    keys: arena.input(panelsOfHead(key, features, keys)) + ROWS_BEFORE * P * 4,
    keyPanelStride: (features + 2 * ROWS_BEFORE) * P * 4,
    queries: arena.input(query),
    bias: arena.input(bias),
    scores,
    keyCount: keys,
    features,
  });
  const problem = { features, keys, queries: P };
  return {
    steps: [step],
    prove: () => {
      const expected = referenceScores(problem, key, query, scale, bias);
      const tolerance = expected.map((sum) => SUM_TOLERANCE * (features + Math.abs(sum)));
      assertClose(arena.read(scores, keys * P), expected, tolerance, `${keys} keys x ${features}`);
    },
  };
}

function contextTrial({ target, arena, random }: Bench, keys: number, features: number): Trial {
  const value = uniform(random, features * keys);
  const probability = uniform(random, keys * P).map(Math.abs);
  const context = arena.output(features * P);
  const step = call(attentionContext({ target }), {
    values: arena.input(panelsOfHead(value, features, keys)) + ROWS_BEFORE * P * 4,
    valuePanelStride: (features + 2 * ROWS_BEFORE) * P * 4,
    probabilities: arena.input(probability),
    context,
    keyCount: keys,
    features,
  });
  return {
    steps: [step],
    prove: () => {
      const expected = referenceContext({ features, keys, queries: P }, value, probability);
      const tolerance = expected.map(() => SUM_TOLERANCE * keys);
      const actual = arena.read(context, features * P);
      assertClose(actual, expected, tolerance, `${keys} keys x ${features}`);
    },
  };
}

// --- along the rows

function softmaxTrial({ target, arena, random }: Bench, rows: number): Trial {
  // some lanes far apart, some masked, some shifted
  const values = uniform(random, rows * P).map((value, i) =>
    value * (i % 3 === 0 ? 50 : 3) + (i % 7 === 0 ? -10000 : 0) + (i % P === 5 ? 1000 : 0)
  );
  const x = arena.inout(values);
  return {
    steps: [call(softmax({ target }), { x, rows })],
    prove: () => {
      const expected = referenceSoftmax(values, rows, P);
      // the difference from the maximum is rounded before the exponential magnifies it
      const tolerance = expected.map((value) =>
        value === 0 ? 1e-37 : value * (5e-7 + 1.2e-7 * Math.abs(Math.log(value))) + 1e-37
      );
      assertClose(arena.read(x, rows * P), expected, tolerance, `${rows} rows`);
    },
  };
}

function layerNormTrial({ target, arena, random }: Bench, rows: number, added: boolean): Trial {
  // a mean far from 0 would ruin a variance computed in one pass
  const x = uniform(random, rows * P).map((value, i) => value + (i % P === 1 ? 100 : 0));
  const residual = added ? uniform(random, rows * P) : null;
  const affine = { gamma: uniform(random, rows), beta: uniform(random, rows), epsilon: 1e-5 };
  const y = arena.output(rows * P);
  const kernel = layerNorm({ target, rows, epsilon: affine.epsilon, residual: added });
  const step = call(kernel, {
    x: arena.input(x),
    y,
    gamma: arena.input(affine.gamma),
    beta: arena.input(affine.beta),
    ...(residual && { residual: arena.input(residual) }),
  });
  return {
    steps: [step],
    prove: () => {
      const sums = x.map((value, i) => value + (residual?.[i] ?? 0));
      const expected = referenceLayerNorm(sums, null, rows, P, affine);
      const tolerance = expected.map((_, i) => i % P === 1 ? 1e-4 : 3e-6);
      assertClose(arena.read(y, rows * P), expected, tolerance, `${rows} rows`);
    },
  };
}

// --- the rest

function elementwiseTrial(
  { target, arena, random }: Bench,
  length: number,
  post: "relu" | "gelu" | "tanh",
): Trial {
  const x = uniform(random, length).map((value) => 10 * value);
  const y = arena.output(length);
  return {
    steps: [call(elementwise({ target, post }), { x: arena.input(x), y, length })],
    prove: () => {
      const expected = Float64Array.from(x, (value) => referencePostOp(post, value));
      assertClose(arena.read(y, length), expected, expected.map(() => 5e-7), `${length} floats`);
    },
  };
}

function embedTrial({ target, arena, random }: Bench, hidden: number): Trial {
  const lookUp = (rows: number): { table: Float32Array; ids: number[] } => ({
    table: uniform(random, rows * hidden),
    ids: Array.from({ length: P }, () => random.integer(rows)),
  });
  const [words, positions, types] = [lookUp(11), lookUp(5), lookUp(2)];
  const place = ({ table, ids }: { table: Float32Array; ids: number[] }): [number, number] => [
    arena.input(table),
    arena.input(Uint32Array.from(ids, (id) => id * hidden * 4)),
  ];
  const [[word, wordOffsets], [position, positionOffsets], [type, typeOffsets]] = [
    place(words),
    place(positions),
    place(types),
  ];
  const y = arena.output(hidden * P);
  const step = call(embed({ target, hidden }), {
    words: word,
    wordOffsets,
    positions: position,
    positionOffsets,
    types: type,
    typeOffsets,
    scratch: arena.output(embedScratchBytes(hidden) / 4),
    y,
  });
  return {
    steps: [step],
    prove: () => {
      const expected = referenceEmbed([words, positions, types], hidden);
      const tolerance = expected.map(() => 3e-7);
      assertClose(arena.read(y, hidden * P), expected, tolerance, `hidden ${hidden}`);
    },
  };
}

function gatherTrial(bench: Bench, fromLane: number, toLane: number, rows: number): Trial {
  const { target, arena, random } = bench;
  const from = uniform(random, rows * P);
  const before = uniform(random, rows * P);
  const y = arena.inout(before);
  const named = { x: arena.input(from), fromLane, y, toLane, rows };
  return {
    steps: [call(gatherLane({ target }), named)],
    prove: () => {
      const expected = Float64Array.from(before);
      for (let row = 0; row < rows; row++) expected[row * P + toLane] = from[row * P + fromLane]!;
      assertClose(arena.read(y, rows * P), expected, expected.map(() => 0), `${rows} rows`);
    },
  };
}

function uniform(random: Random, length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => 2 * random.next() - 1);
}

function assertClose(
  actual: Float32Array,
  expected: Float64Array,
  tolerance: Float64Array,
  what: string,
): void {
  const at = expected.findIndex((value, i) => !(Math.abs(actual[i]! - value) <= tolerance[i]!));
  assert(
    at < 0,
    `${what}: value ${at} is ${actual[at]}, expected ${expected[at]} within ${tolerance[at]}`,
  );
}
