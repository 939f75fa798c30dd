/**
 * A result with every section filled in, for tests and for looking at pages. All its figures are invented.
 *
 * @module
 */
import { createRandom, drawMask, mean, parsePattern, standardDeviation } from "../core/mod.ts";
import {
  type Comparison,
  type Dispatch,
  type Figures,
  type GroupFigures,
  type MaskPicture,
  type Measurement,
  type Result,
  RESULT_FORMAT,
  type TrainingPoint,
} from "../results/mod.ts";

const BATCHES = [1, 8, 32] as const;
const THREADS = [1, 2] as const;

/** Invented milliseconds per sequence of each engine on one thread. */
const SPEEDS: Readonly<Record<string, number>> = {
  "skipzero-native": 0.41,
  "skipzero-native-dense": 1.95,
  "onnxruntime-node": 2.1,
  "skipzero-wasm": 1.62,
  "skipzero-wasm-dense": 8.4,
  "onnxruntime-web": 12.1,
  tfjs: 61,
};

const PAIRS: readonly (readonly [subject: string, baseline: string])[] = [
  ["skipzero-native", "onnxruntime-node"],
  ["skipzero-native", "skipzero-native-dense"],
  ["skipzero-native-dense", "onnxruntime-node"],
  ["skipzero-wasm", "onnxruntime-web"],
  ["skipzero-wasm", "skipzero-wasm-dense"],
  ["skipzero-wasm", "onnxruntime-node"],
];

/** A result of the recipe `bert-mini-4x1-sst2` on a machine that does not exist; `changes` replace its fields. */
export function sampleResult(changes: Partial<Result> = {}): Result {
  return {
    format: RESULT_FORMAT,
    suite: "models",
    recipe: "bert-mini-4x1-sst2",
    profile: "quick",
    startedAt: "2026-01-31T12:00:00.000Z",
    verdict: {
      outcome: "partial",
      reasons: [
        "mechanism and speed hold; quick data cannot confirm the published accuracy",
        "quick profile: generated data and a scaled model for accuracy, the full-size network for speed",
      ],
      checks: [
        { name: "pattern", status: "ok", text: "4x1 at 90.0 % in 24 layers, proved; 2 kept dense" },
        { name: "accuracy", status: "ok", text: "gap -0.53, claimed -0.69 ± 2.0" },
        { name: "speed", status: "ok", text: "5.1x [5.0, 5.2] over onnxruntime-node; faster" },
      ],
    },
    accuracy: sampleAccuracy(),
    sparsity: {
      target: 0.9,
      measured: 0.9003,
      layers: LAYERS.map((name, index) => ({
        name,
        pattern: "4x1",
        sparsity: 0.86 + (index % 5) * 0.02,
        proved: true,
      })),
      skipped: [
        { name: "bert.pooler.dense.weight", reason: "excluded by the recipe: pooler" },
        { name: "classifier.weight", reason: "2 rows do not divide by 4" },
      ],
    },
    training: { log: sampleLog(), groups: sampleGroups(), masks: sampleMasks() },
    comparisons: sampleComparisons(),
    measurements: sampleMeasurements(),
    dispatch: sampleDispatch(),
    warnings: [{
      what: "the machine is noisy: an engine against itself differs by up to 6.2 %",
      remedy: "close other programs, then measure again with --fresh",
    }],
    deviations: [
      "data: a generated stand-in for SST-2",
      "speed: the full-size network has masks drawn at random in the recipe's pattern",
    ],
    provenance: SAMPLE_PROVENANCE,
    ...changes,
  };
}

/** A result in which nothing was trained, claimed or pruned: a suite by itself. */
export function sampleSuiteResult(): Result {
  return sampleResult({
    suite: "overhead",
    recipe: null,
    verdict: null,
    accuracy: null,
    sparsity: null,
    training: null,
    comparisons: sampleComparisons().slice(0, 1).map((comparison) => ({
      ...comparison,
      cell: "null loop 10000",
      subject: "loop 10000",
      baseline: "loop 10500",
      ratio: { estimate: 1.01, low: 0.96, high: 1.06 },
      ceiling: null,
      verdict: "inconclusive",
    })),
    measurements: [],
    dispatch: [],
    warnings: [],
    deviations: [],
  });
}

const LAYERS = Array.from({ length: 4 }, (_, layer) =>
  [
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
  ].map((part) => `bert.encoder.layer.${layer}.${part}.weight`)).flat();

function figures(values: readonly number[]): Figures {
  return { mean: mean(values), sd: standardDeviation(values), values };
}

function sampleAccuracy(): NonNullable<Result["accuracy"]> {
  return {
    metric: "accuracy",
    published: { dense: 0.8761, sparse: 0.8692, kind: "max" },
    dense: figures([0.9341, 0.9385, 0.9366]),
    sparse: figures([0.9302, 0.9322, 0.9309]),
    ceiling: 0.955,
    majority: 0.512,
  };
}

function cellOf(batch: number): string {
  return `bert-mini f32 4x1 0.9 batch=${batch} seq=128`;
}

function millisecondsOf(engine: string, batch: number, threads: number): number {
  // Threads gain less than they cost, and small batches waste some.
  return SPEEDS[engine]! * (batch + 0.4) / threads ** 0.85;
}

function sampleComparisons(): Comparison[] {
  const random = createRandom("comparisons");
  return THREADS.flatMap((threads) =>
    BATCHES.flatMap((batch) =>
      PAIRS.map(([subject, baseline]): Comparison => {
        const estimate = millisecondsOf(baseline, batch, threads) /
          millisecondsOf(subject, batch, threads) * Math.exp(0.03 * random.normal());
        const margin = 1 + 0.01 + 0.04 * random.next();
        const ratio = { estimate, low: estimate / margin, high: estimate * margin };
        const noiseFloor = 0.01 + 0.05 * random.next();
        const dense = subject.endsWith("-dense");
        return {
          cell: cellOf(batch),
          subject,
          baseline,
          threads,
          ratio,
          ceiling: dense || subject === "skipzero-wasm" && baseline === "onnxruntime-node"
            ? null
            : 5.9,
          verdict: ratio.low > 1 + noiseFloor
            ? "faster"
            : ratio.high < 1 / (1 + noiseFloor)
            ? "slower"
            : "inconclusive",
          noiseFloor,
          rounds: 36,
        };
      })
    )
  );
}

function sampleMeasurements(): Measurement[] {
  const random = createRandom("measurements");
  return THREADS.flatMap((threads) =>
    BATCHES.flatMap((batch) =>
      Object.keys(SPEEDS).map((engine): Measurement => {
        const sparse = /^skipzero-(native|wasm)$/.test(engine);
        const absent = engine === "tfjs" && (batch > 1 || threads > 1);
        const ms = millisecondsOf(engine, batch, threads);
        return {
          cell: cellOf(batch),
          engine,
          kernel: sparse ? `spmm_f32_4x1_${engine.endsWith("wasm") ? "wasm" : "avx512"}` : null,
          threads,
          samplesNs: absent ? [] : Array.from(
            { length: 48 },
            () => Math.round(1e6 * ms * (1 + 0.02 * Math.abs(random.normal()))),
          ),
          flopsDone: (sparse ? 0.17 : 1) * 8.4e8 * batch,
          flopsDense: 8.4e8 * batch,
          maxError: absent ? null : 2.4e-6,
          skipped: absent ? "sample: not raced at this batch" : null,
        };
      })
    )
  );
}

function sampleDispatch(): Dispatch[] {
  const engines = ["skipzero-native", "skipzero-native-dense", "skipzero-wasm"];
  return engines.flatMap((engine) =>
    BATCHES.flatMap((batch) =>
      LAYERS.map((layer): Dispatch => {
        const dense = engine.endsWith("-dense");
        const target = engine === "skipzero-wasm" ? "wasm" : "avx512";
        return {
          engine,
          cell: cellOf(batch),
          layer,
          kernel: `spmm_f32_${dense ? "dense" : "4x1"}_${target}`,
          sparsity: 0.9,
          skipped: dense ? 0 : 0.9,
          reason: dense ? "dense engine" : "pattern 4x1 proved",
        };
      })
    )
  );
}

function sampleLog(): TrainingPoint[] {
  const random = createRandom("log");
  return [1, 2, 3].flatMap((seed) =>
    (["dense", "sparse"] as const).flatMap((stage) =>
      Array.from({ length: 60 }, (_, index): TrainingPoint => {
        const step = (index + 1) * 8;
        const progress = step / 480;
        const ramp = Math.min(1, Math.max(0, (progress - 0.1) / 0.6));
        const sparsity = stage === "dense" ? 0 : 0.9 * (1 - (1 - ramp) ** 3);
        const loss = stage === "dense"
          ? 0.16 + 0.53 * Math.exp(-5 * progress)
          : 0.1 + 0.2 * sparsity * Math.exp(-2 * progress);
        const metric = stage === "dense"
          ? 0.936 - 0.42 * Math.exp(-6 * progress)
          : 0.931 - 0.05 * Math.exp(-8 * (progress - 0.3) ** 2);
        return {
          seed,
          stage,
          step,
          loss: loss * (1 + 0.08 * random.normal()),
          sparsity,
          metric: index % 10 === 9 ? metric + 0.003 * random.normal() : null,
        };
      })
    )
  );
}

function sampleGroups(): GroupFigures[] {
  const group = (
    by: string,
    bucket: string,
    count: number,
    dense: readonly number[],
    sparse: readonly number[],
  ): GroupFigures => ({ by, bucket, count, dense: figures(dense), sparse: figures(sparse) });
  return [
    group("class", "negative", 1010, [0.931, 0.935, 0.933], [0.929, 0.931, 0.931]),
    group("class", "positive", 1038, [0.937, 0.942, 0.940], [0.931, 0.933, 0.931]),
    group("length", "up to 8 words", 610, [0.962, 0.966, 0.961], [0.961, 0.965, 0.962]),
    group("length", "9 to 16 words", 902, [0.938, 0.941, 0.940], [0.935, 0.936, 0.936]),
    group("length", "17 words and more", 536, [0.896, 0.902, 0.899], [0.876, 0.881, 0.880]),
  ];
}

function sampleMasks(): MaskPicture[] {
  const random = createRandom("masks");
  const picture = (layer: string, rows: number, cols: number, sparsity: number): MaskPicture => {
    const { kept } = drawMask(random, rows, cols, parsePattern("4x1"), sparsity);
    const bytes = new Uint8Array(Math.ceil(kept.length / 8));
    for (const [index, bit] of kept.entries()) bytes[index >> 3]! |= bit << (7 - (index & 7));
    return { layer, rows, cols, bits: bytes.toBase64() };
  };
  return [
    picture(LAYERS[0]!, 128, 128, 0.86),
    picture(LAYERS[4]!, 512, 128, 0.94),
  ];
}

const SAMPLE_PROVENANCE: Readonly<Record<string, unknown>> = {
  collectedAt: "2026-01-31T12:20:00.000Z",
  files: {
    recipe: {
      path: "recipes/bert-mini-4x1-sst2.yaml",
      sha256: { value: "5a".repeat(32), reason: null },
    },
    lock: { path: "deno.lock", sha256: { value: null, reason: "sample: not hashed" } },
  },
  sources: { value: "c0".repeat(32), reason: null },
  git: { value: { commit: "d0".repeat(20), dirty: true }, reason: null },
  machine: {
    cpu: {
      value: {
        model: "Sample Processor 9000",
        vendor: "SampleInstruments",
        cores: 2,
        threadsPerCore: 1,
        features: ["avx2", "avx512f", "avx512_vnni"],
        caches: { L2: "2 MiB (2 instances)" },
        hypervisor: null,
      },
      reason: null,
    },
    memory: { value: { totalBytes: 17179869184, availableBytes: 12884901888 }, reason: null },
    kernel: { value: "linux 6.1.0-sample", reason: null },
    governor: { value: null, reason: "cat: no such file or directory" },
    cpuLimit: { value: "max 100000", reason: null },
    memoryLimit: { value: "max", reason: null },
  },
  versions: { deno: "2.9.6", v8: "14.2", typescript: "6.0.3" },
  packages: { value: { "onnxruntime-node": "1.30.0", "onnxruntime-web": "1.30.0" }, reason: null },
  flags: ["reproduce", "bert-mini-4x1-sst2"],
  seeds: [1, 2, 3],
  protocol: { processes: 3, rounds: 12 },
};

/** A made-up result of layers: a sweep over sparsity, figures aimed at, and a small grid of activations. */
export function sampleKernelResult(): Result {
  const sweep = [0.5, 0.7, 0.9].flatMap((sparsity) =>
    ["4x1", "unstructured"].map((pattern) => layerSample(pattern, sparsity, 0))
  );
  const grid = [0, 0.75, 0.95].flatMap((sparsity) =>
    [0, 0.9].map((activationSparsity) => layerSample("16x1", sparsity, activationSparsity))
  );
  const all = [...sweep, ...grid];
  return {
    ...sampleSuiteResult(),
    suite: "kernels",
    comparisons: all.flatMap(({ comparisons }) => comparisons),
    measurements: all.flatMap(({ measurements }) => measurements),
    peaks: [{
      target: "avx512",
      threads: 1,
      gflops: [204, 199, 207],
      gops: [817],
      reads: [16, 512, 65536].map((kib, index) => ({
        sizeBytes: 1024 * kib,
        gbps: [[318], [160], [31]][index]!,
      })),
    }],
  };
}

interface LayerSample {
  readonly comparisons: Result["comparisons"];
  readonly measurements: Result["measurements"];
}

/** One layer on our kernels and on the baseline; figures follow from the sparsities, so that charts have a shape. */
function layerSample(pattern: string, sparsity: number, activationSparsity: number): LayerSample {
  const suffix = activationSparsity > 0 ? ` act=${activationSparsity}` : "";
  const cell = `f32 ${pattern} ${sparsity} 1024x1024x64${suffix}`;
  const ceiling = 1 / (1 - sparsity);
  const both = activationSparsity > 0 || pattern === "16x1";
  const ratios: Readonly<Record<string, number>> = {
    "skipzero-native": ceiling * (pattern === "unstructured" ? 0.45 : 0.9),
    ...both && {
      "skipzero-native-sparse-sparse": 0.4 * ceiling / (1 - activationSparsity),
      "skipzero-native-k-winners": 0.3 * ceiling / (1 - activationSparsity),
    },
  };
  const layer = {
    ...{ op: "linear", dtype: "f32", pattern, sparsity, activationSparsity },
    ...{ rows: 1024, cols: 1024, lanes: 64, layers: 1 },
  };
  const flopsDense = 2 * 1024 * 1024 * 64;
  const baseNs = flopsDense / 150;
  const common = { cell, threads: 1, flopsDense, skipped: null, layer, maxError: 1e-6 };
  return {
    comparisons: Object.entries(ratios).map(([subject, ratio]) => ({
      cell,
      subject,
      baseline: "onnxruntime-node",
      threads: 1,
      ratio: { estimate: ratio, low: ratio / 1.08, high: ratio * 1.08 },
      ceiling,
      verdict: ratio > 1.1 ? "faster" : "inconclusive",
      noiseFloor: 0.02,
      ...sparsity === 0.9 && { goal: pattern === "4x1" ? 8 : 5 },
    })),
    measurements: [
      ...Object.entries(ratios).map(([engine, ratio]) => ({
        ...common,
        engine,
        kernel: `spmm_f32_${pattern}_avx512_64`,
        samplesNs: [baseNs / ratio, 1.01 * baseNs / ratio, 0.99 * baseNs / ratio],
        flopsDone: flopsDense * (1 - sparsity),
        facts: {
          ...{ target: "avx512", family: "panel", packNs: [3e6], emitNs: [1e6], codeBytes: 900 },
          flopsExecuted: flopsDense * (1 - sparsity),
          weightBytes: Math.round(5 * 1024 * 1024 * (1 - sparsity)),
          activationBytes: 2 * 4 * 1024 * 64,
          footprintBytes: Math.round(5 * 1024 * 1024 * (1 - sparsity)) + 2 * 4 * 1024 * 64,
        },
      })),
      ...both
        ? [{
          ...common,
          engine: "skipzero-native-finding",
          kernel: "compress_f32_avx512",
          samplesNs: [100, 101, 99],
          flopsDone: 0,
          flopsDense: 0,
        }]
        : [],
      {
        ...common,
        engine: "onnxruntime-node",
        kernel: null,
        samplesNs: [baseNs, 1.01 * baseNs, 0.99 * baseNs],
        flopsDone: flopsDense,
      },
    ],
  };
}
