import { assertEquals } from "@std/assert";
import type { Measurement } from "../results/mod.ts";
import { goalLines, networkLines } from "./network_lines.ts";
import { sampleResult } from "./sample.ts";

const [TIMED] = sampleResult().measurements;

function measurement(engine: string, ns: number): Measurement {
  return {
    ...TIMED!,
    cell: "resnet50 f32 2x1 0.78 batch=32",
    engine,
    threads: 2,
    samplesNs: ns > 0 ? [ns] : [],
    network: {
      ...{ name: "resnet50", pattern: "2x1", sparsity: 0.78, item: "image" },
      ...{ batch: 32, sequence: null },
    },
  };
}

Deno.test("networkLines() has times and items per second, cell by cell", () => {
  const measurements = [
    {
      ...measurement("skipzero-native", 1e9),
      memory: { weightBytes: 126e6, activationBytes: 19.2e6, codeBytes: 3e5 },
    },
    measurement("tfjs", 0),
    measurement("onnxruntime-node", 2.5e9),
  ];
  assertEquals(networkLines(sampleResult({ measurements })), [
    "",
    "time of a run, items per second, memory of weights and activations",
    "resnet50 f32 2x1 0.78 batch=32, 2 threads",
    "  skipzero-native      1000 ms  32.0      126 + 19.2 MB",
    "  onnxruntime-node     2500 ms  12.8",
  ]);
});

Deno.test("networkLines() says nothing where no networks were timed", () => {
  const { network: _, ...loop } = measurement("loop 1", 5);
  assertEquals(networkLines({ measurements: [loop] }), []);
});

Deno.test("goalLines() counts what is reached and names what is not", () => {
  const [comparison] = sampleResult().comparisons;
  const ratio = { estimate: 8, low: 7.9, high: 8.1 };
  const comparisons = [{ ...comparison!, ratio, goal: 9 }, { ...comparison!, ratio, goal: 5 }];
  assertEquals(goalLines({ comparisons }), [
    "figures aimed at: 1 of 2 reached",
    `  missed: ${comparison!.cell}, ${comparison!.subject} over ${
      comparison!.baseline
    }, 1 thread: ` +
    "8.00x of 9x",
  ]);
  assertEquals(goalLines({ comparisons: [comparison!] }), []);
});
