import { assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern, type Random } from "../../core/mod.ts";
import { dotBits } from "../machine.ts";
import { kernelSupport, openBackend } from "../open.ts";
import {
  createInterpreter,
  randomWeights,
  referenceQuantizedSums,
  referenceRequantize,
} from "../reference/mod.ts";
import { prepareQuantizedBroadcast, type QuantizedBroadcast } from "./quantized_broadcast.ts";

const ARENA_BYTES = 1 << 22;

function draw(random: Random, name: string, rows: number, cols: number): QuantizedBroadcast {
  const pattern = parsePattern(name);
  const kept = randomWeights(random, rows, cols, pattern);
  return {
    weights: Int8Array.from(kept, (value) => value === 0 ? 0 : random.integer(256) - 128),
    ...{ rows, cols, pattern, lanes: 1 },
    bias: Int32Array.from({ length: rows }, () => random.integer(20001) - 10000),
    zeroPoint: random.integer(128),
    result: { kind: "int32" },
  };
}

/** Exact sums `[lane][row]`. */
function sumsOf(linear: QuantizedBroadcast, tokens: Uint8Array): Int32Array {
  const { weights, rows, cols, lanes, bias = new Int32Array(rows), zeroPoint = 0 } = linear;
  const x = Uint8Array.from(tokens, (_, i) => tokens[(i % lanes) * cols + Math.floor(i / lanes)]!);
  const sums = referenceQuantizedSums({ weights, rows, cols, lanes, x, zeroPoint, bias });
  return sums.map((_, i) => sums[(i % rows) * lanes + Math.floor(i / rows)]!);
}

const { targets, bytes: without } = kernelSupport();
for (const target of targets) {
  const reason = without[target];
  Deno.test({
    name: `prepareQuantizedBroadcast() agrees with the reference on ${target}${
      reason === undefined ? "" : `: skipped, ${reason}`
    }`,
    ignore: reason !== undefined,
    fn: async () => {
      const random = createRandom(target);
      for (const threads of [1, 2, 3]) {
        for (const name of ["dense", "dlrm-4x16", "4x4", "unstructured"]) {
          for (const lanes of [1, 3, 14]) {
            using backend = openBackend({ target, arenaBytes: ARENA_BYTES, threads });
            const linear = { ...draw(random, name, 49, 70), lanes, threads };
            const layer = prepareQuantizedBroadcast(backend, linear);
            using program = backend.build(layer.steps);
            const largest = 2 ** dotBits(target) - 1;
            const x = Uint8Array.from({ length: lanes * 70 }, () => random.integer(largest + 1));
            layer.writeInput(x);
            await program.run();
            assertEquals([...layer.readOutput()], [...sumsOf(linear, x)], layer.kernelId);
          }
        }
      }
    },
  });
}

Deno.test("prepareQuantizedBroadcast() chains layers in place", async () => {
  const random = createRandom(1);
  for (const target of targets) {
    using backend = createInterpreter({ target, arenaBytes: ARENA_BYTES });
    const largest = 2 ** dotBits(target) - 1;
    const scales = new Float32Array(32).fill(0.003);
    const first: QuantizedBroadcast = {
      ...draw(random, "dlrm-4x16", 32, 12),
      lanes: 2,
      result: { kind: "uint8", scales, zeroPoint: 30, relu: true },
    };
    const second = { ...draw(random, "dense", 5, 32), lanes: 2, zeroPoint: 30 };
    const layer = prepareQuantizedBroadcast(backend, first);
    const next = prepareQuantizedBroadcast(backend, { ...second, input: layer.output });
    using program = backend.build([[...layer.steps[0]!, ...next.steps[0]!]]);
    const x = Uint8Array.from({ length: 24 }, () => random.integer(largest + 1));
    layer.writeInput(x);
    await program.run();
    // every row has the same scale, so that the order of sums does not matter
    const limits = { scales: scales.subarray(0, 1), zeroPoint: 30, smallest: 30, largest };
    const between = referenceRequantize(sumsOf(first, x), limits);
    assertEquals([...layer.readOutput()], [...between]);
    assertEquals([...next.readOutput()], [...sumsOf(second, between)]);
  }
});

Deno.test("prepareQuantizedBroadcast() refuses what does not fit", () => {
  using backend = createInterpreter({ target: "avx2", arenaBytes: 1 << 16 });
  const linear: QuantizedBroadcast = {
    weights: new Int8Array(64),
    ...{ rows: 16, cols: 4, lanes: 2, pattern: parsePattern("dlrm-4x16") },
    result: { kind: "int32" },
  };
  const refused = (change: Partial<QuantizedBroadcast>, message: string): void => {
    assertThrows(
      () => prepareQuantizedBroadcast(backend, { ...linear, ...change }),
      RangeError,
      message,
    );
  };
  refused({ rows: 15 }, "64 weights, expected 15 rows x 4 columns");
  refused({ zeroPoint: 128 }, "input zero point is 128, expected an integer from 0 to 127 on avx2");
  refused({ result: { kind: "float32", scales: new Float32Array(16) } }, "a positive finite one");
  const layer = prepareQuantizedBroadcast(backend, linear);
  refused({ input: layer.output }, "of int32 in rows");
  refused({ input: layer.input, lanes: 1 }, "input is 128 bytes of uint8 in byte tokens");
  assertThrows(() => layer.writeInput(new Uint8Array(8).fill(128)), RangeError, "at most 127");
  assertEquals(layer.work.executedMacs, 0);
});
