/**
 * Results of whole networks for tests and for looking at pages. All figures are invented; they follow from a few rates, so that
 * charts have a shape.
 *
 * @module
 */
import { createRandom, type Random } from "../core/mod.ts";
import {
  type Comparison,
  type Dispatch,
  type LayerProfile,
  type Measurement,
  type Result,
  skipsZeros,
} from "../results/mod.ts";
import { sampleResult } from "./sample_result.ts";

/** A network of the sample and what it takes. */
interface SampleNetwork {
  readonly name: string;
  readonly patterns: readonly (readonly [pattern: string, sparsity: number, goal?: number])[];
  readonly batches: readonly number[];
  readonly sequence: number | null;
  /** Milliseconds of an item on one thread of the native dense baseline. */
  readonly denseMs: number;
  /** Part of the work that zeros cannot take away. */
  readonly rest: number;
}

const NETWORKS: readonly SampleNetwork[] = [
  network("bert-large", [["2x1", 0.7, 2.6], ["4x1", 0.8, 3.6]], [1, 8], 384, 1900, 0.05),
  network("bert-mini", [["4x1", 0.9, 5]], [1, 8, 32], 128, 4.9, 0.07),
  network("bert-base", [["unstructured", 0.9, 3]], [1, 16], 128, 190, 0.03),
  network("resnet50", [["2x1", 0.78, 2.4]], [1, 32], null, 64, 0.06),
  network(
    "resnet50",
    [["unstructured", 0.5], ["unstructured", 0.75], ["unstructured", 0.98, 5]],
    [1, 2, 4, 8, 16, 32],
    null,
    64,
    0.02,
  ),
  network("ssd-resnet34-300", [["2x1", 0.75, 2.4]], [1], null, 150, 0.05),
  network("gsc-cnn-2.1m", [["unstructured", 0.95, 12]], [1, 64], null, 0.5, 0.02),
];

function network(
  name: string,
  patterns: SampleNetwork["patterns"],
  batches: readonly number[],
  sequence: number | null,
  denseMs: number,
  rest: number,
): SampleNetwork {
  return { name, patterns, batches, sequence, denseMs, rest };
}

/** How many times longer than the native baseline dense engines take, and how much of the ceiling sparse ones reach. */
const DENSE: Readonly<Record<string, number>> = {
  "skipzero-native-dense": 1.08,
  "onnxruntime-node": 1,
  "skipzero-wasm-dense": 4.6,
  "onnxruntime-web": 6.2,
  "tfjs": 21,
};
const SPARSE: Readonly<Record<string, number>> = { "skipzero-native": 0.82, "skipzero-wasm": 0.19 };

const PAIRS: readonly (readonly [subject: string, baseline: string])[] = [
  ["skipzero-native", "onnxruntime-node"],
  ["skipzero-native", "skipzero-native-dense"],
  ["skipzero-native-dense", "onnxruntime-node"],
  ["skipzero-wasm", "onnxruntime-web"],
  ["skipzero-wasm", "skipzero-wasm-dense"],
  ["skipzero-wasm-dense", "onnxruntime-web"],
  ["skipzero-wasm", "onnxruntime-node"],
];

/** One cell of the sample. */
interface SampleCell {
  readonly network: SampleNetwork;
  readonly name: string;
  readonly sparsity: number;
  readonly goal: number | undefined;
  readonly batch: number;
  readonly threads: number;
}

/** What suite `models` would leave: seven networks, two thread counts, every engine. */
export function sampleNetworksResult(changes: Partial<Result> = {}): Result {
  return resultOf("models", cellsOf(NETWORKS, (network) => network.batches), changes);
}

/** What suite `batch-sweep` would leave. */
export function sampleSweepResult(changes: Partial<Result> = {}): Result {
  const swept = NETWORKS.filter(({ name }) => /^(bert-mini|resnet50|gsc)/.test(name));
  return resultOf("batch-sweep", cellsOf(swept, () => [1, 2, 4, 8, 16, 24, 32, 64]), changes);
}

function cellsOf(
  networks: readonly SampleNetwork[],
  batchesOf: (network: SampleNetwork) => readonly number[],
): SampleCell[] {
  return networks.flatMap((network) =>
    network.patterns.flatMap(([pattern, sparsity, goal]) =>
      [1, 2].flatMap((threads) =>
        batchesOf(network).map((batch) => {
          const tokens = network.sequence === null ? "" : ` seq=${network.sequence}`;
          const name = `${network.name} f32 ${pattern} ${sparsity} batch=${batch}${tokens}`;
          return { network, name, sparsity, goal, batch, threads };
        })
      )
    )
  );
}

function resultOf(suite: string, cells: readonly SampleCell[], changes: Partial<Result>): Result {
  const random = createRandom(suite);
  return sampleResult({
    suite,
    recipe: null,
    profile: null,
    verdict: null,
    accuracy: null,
    sparsity: null,
    training: null,
    comparisons: cells.flatMap((cell) => PAIRS.map((pair) => comparisonOf(cell, pair, random))),
    measurements: cells.flatMap((cell) =>
      [...Object.keys(SPARSE), ...Object.keys(DENSE)].map((engine) =>
        measurementOf(cell, engine, random)
      )
    ),
    dispatch: cells.filter(({ batch, threads }) => batch === 1 && threads === 1)
      .flatMap(({ name, sparsity }) => dispatchOf(name, sparsity)),
    deviations: [],
    profiles: cells.slice(0, 1).map(({ name, sparsity }) => profileOf(name, sparsity)),
    published: cells.flatMap(({ name, network }) => {
      const claim = CLAIMS.find(([known]) => name.startsWith(known));
      if (claim === undefined) return [];
      const [, dense, sparse] = claim;
      const recipe = `${network.name}-${name.split(" ")[2]}-squad`;
      return [{ cell: name, recipe, metric: "f1", kind: "single", dense, sparse }];
    }),
    ...changes,
  });
}

/** Published figures by the beginning of a cell. */
const CLAIMS: readonly (readonly [cell: string, dense: number, sparse: number])[] = [
  ["bert-large f32 2x1", 0.9134, 0.907],
  ["bert-large f32 4x1", 0.9123, 0.9091],
  ["bert-mini f32 4x1", 0.7687, 0.7627],
];

/** Layers of a made-up network: of every four one is without weights, and the last with weights runs densely. */
const LAYERS = Array.from(
  { length: 24 },
  (_, index) => index % 4 === 3 ? `layer.${index}.normalise` : `layer.${index}.weight`,
);

function isDense(index: number): boolean {
  return index === LAYERS.length - 2;
}

function dispatchOf(cell: string, sparsity: number): Dispatch[] {
  return ["skipzero-native", "skipzero-native-dense"].flatMap((engine) =>
    LAYERS.flatMap((layer, index): Dispatch[] => {
      if (!layer.endsWith("weight")) return [];
      const dense = engine.endsWith("-dense") || isDense(index);
      return [{
        engine,
        cell,
        layer,
        kernel: `spmm_f32_${dense ? "dense" : "4x1"}_avx512`,
        sparsity,
        skipped: dense ? 0 : sparsity,
        reason: isDense(index) ? "10 rows are cheaper densely" : "the pattern was proved",
      }];
    })
  );
}

function profileOf(cell: string, sparsity: number): LayerProfile {
  return {
    cell,
    engine: "skipzero-native",
    threads: 1,
    layers: LAYERS.map((layer, index) => {
      const weighted = layer.endsWith("weight");
      return {
        layer,
        kernel: weighted ? `spmm_f32_${isDense(index) ? "dense" : "4x1"}_avx512` : "normalise_f32",
        ns: weighted ? 4e6 + 2e5 * (index % 5) : 3e5,
        gflops: weighted ? 120 + 3 * (index % 7) : null,
        ofPeak: weighted ? 0.7 + 0.02 * (index % 7) : null,
        isSparse: weighted ? !isDense(index) : null,
        sparsity: weighted ? sparsity : null,
        reason: isDense(index)
          ? "10 rows are cheaper densely"
          : weighted
          ? "the pattern was proved"
          : "no weights",
      };
    }),
    waitNs: 0,
    outsideNs: 2e5,
    profiledNs: 8.2e7,
    runNs: 8.1e7,
  };
}

function ceilingOf({ network: { rest }, sparsity }: SampleCell): number {
  return 1 / (rest + (1 - rest) * (1 - sparsity));
}

function millisecondsOf(engine: string, cell: SampleCell): number {
  const { network: { denseMs }, batch, threads } = cell;
  const own = skipsZeros(engine)
    ? 1 / Math.max(0.4, SPARSE[engine]! * ceilingOf(cell))
    : DENSE[engine]!;
  // Threads gain less than they cost, and small batches waste some.
  return own * denseMs * (batch + 0.25) / threads ** 0.85;
}

function comparisonOf(
  cell: SampleCell,
  [subject, baseline]: readonly [string, string],
  random: Random,
): Comparison {
  const estimate = millisecondsOf(baseline, cell) / millisecondsOf(subject, cell) *
    Math.exp(0.02 * random.normal());
  const margin = 1.005 + 0.03 * random.next();
  const ratio = { estimate, low: estimate / margin, high: estimate * margin };
  const noiseFloor = 0.01 + 0.03 * random.next();
  const ceiling = ceilingOf(cell);
  const aimed = subject === "skipzero-native" && baseline === "onnxruntime-node" &&
    cell.batch === cell.network.batches.at(-1);
  return {
    cell: cell.name,
    subject,
    baseline,
    threads: cell.threads,
    ratio,
    ceiling: skipsZeros(subject) ? ceiling : null,
    verdict: ratio.low > 1 + noiseFloor
      ? "faster"
      : ratio.high < 1 / (1 + noiseFloor)
      ? "slower"
      : "inconclusive",
    noiseFloor,
    rounds: 24,
    ...subject.startsWith("skipzero") && {
      roofline: {
        subjectNs: 1e6,
        denseNs: 0.92e6 * ceiling,
        ceiling: 0.92 * ceiling,
        attained: 0.8,
      },
    },
    ...aimed && cell.goal !== undefined && { goal: cell.goal },
  };
}

function measurementOf(cell: SampleCell, engine: string, random: Random): Measurement {
  const sparse = skipsZeros(engine);
  const absent = engine === "tfjs" && (cell.batch > 1 || cell.threads > 1);
  const ns = 1e6 * millisecondsOf(engine, cell);
  const flopsDense = 1e8 * cell.network.denseMs * cell.batch;
  return {
    cell: cell.name,
    engine,
    kernel: null,
    threads: cell.threads,
    samplesNs: absent
      ? []
      : Array.from({ length: 16 }, () => Math.round(ns * (1 + 0.02 * Math.abs(random.normal())))),
    flopsDone: sparse ? flopsDense / ceilingOf(cell) : flopsDense,
    flopsDense,
    maxError: absent ? null : 2.4e-6,
    network: {
      name: cell.network.name,
      pattern: cell.name.split(" ")[2]!,
      sparsity: cell.sparsity,
      item: cell.network.sequence === null ? "image" : "sequence",
      batch: cell.batch,
      sequence: cell.network.sequence,
    },
    skipped: absent ? "sample: not raced at this batch" : null,
  };
}
