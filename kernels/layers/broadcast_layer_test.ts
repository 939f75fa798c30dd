import { assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern } from "../../core/mod.ts";
import { kernelSupport, openBackend } from "../open.ts";
import { packRowBlocks } from "../formats/mod.ts";
import { prepareBroadcast } from "./broadcast_layer.ts";
import { proveLayer, randomLinear } from "../conformance/prove_layer.ts";
import { cutBlocks, cutTokens } from "./rows.ts";

const ARENA_BYTES = 1 << 22;
const [fastest = "wasm"] = kernelSupport().targets;

for (const target of kernelSupport().targets) {
  Deno.test(`prepareBroadcast() computes what the reference does on ${target}`, async () => {
    using backend = openBackend({ target, arenaBytes: ARENA_BYTES, threads: 2 });
    const random = createRandom("broadcast");
    for (const name of ["dense", "unstructured", "4x1", "8x1", "16x1", "32x2"]) {
      for (const [rows, cols, lanes] of [[1, 1, 1], [37, 19, 3], [64, 48, 30]] as const) {
        for (const threads of [1, 2]) {
          const linear = randomLinear(random, parsePattern(name), rows, cols, lanes);
          const layer = prepareBroadcast(backend, { ...linear, threads, post: "relu" });
          await proveLayer(backend, layer, random, { ...linear, post: "relu" });
        }
      }
    }
  });
}

Deno.test("prepareBroadcast() chains layers in place", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const random = createRandom(1);
  const first = prepareBroadcast(backend, randomLinear(random, parsePattern("16x1"), 48, 20, 2));
  const linear = randomLinear(random, parsePattern("4x1"), 7, 48, 2);
  const second = prepareBroadcast(backend, { ...linear, input: first.output });
  using program = backend.build([[...first.steps[0]!, ...second.steps[0]!]]);
  first.writeInput(new Float32Array(40).fill(0.5));
  await program.run();
  await proveLayer(backend, second, random, linear);
});

Deno.test("prepareBroadcast() lets what is not finite reach the outputs that store its column, and no other", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const weights = new Float32Array(32 * 5);
  weights[0 * 5 + 1] = 2; // row 0 meets input 1, row 20 meets input 2
  weights[20 * 5 + 2] = 3;
  const pattern = parsePattern("16x1");
  const layer = prepareBroadcast(backend, { weights, rows: 32, cols: 5, pattern, lanes: 1 });
  using program = backend.build(layer.steps);
  layer.writeInput(Float32Array.of(NaN, Infinity, 1, NaN, NaN));
  await program.run();
  const y = layer.readOutput();
  assertEquals([y[0], y[16], y[20], y[31]], [Infinity, 0, 3, 0]);
});

Deno.test("prepareBroadcast() refuses an input of another size", () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const random = createRandom(1);
  const first = prepareBroadcast(backend, randomLinear(random, parsePattern("16x1"), 48, 20, 2));
  const other = randomLinear(random, parsePattern("16x1"), 16, 20, 2);
  assertThrows(
    () => prepareBroadcast(backend, { ...other, input: first.output }),
    RangeError,
    "input is 384 bytes of float32 in rows, expected 256 bytes",
  );
});

Deno.test("packRowBlocks() stores no column that is empty in its block", () => {
  const weights = Float32Array.of(1, 0, 0, 0, 0, 2, 0, 0, 3, 0, 0, 0);
  const packed = packRowBlocks(weights, 4, 3, { rowsPerBlock: 2, unroll: 2 });
  assertEquals([...packed.values], [1, 0, 0, 2, 3, 0]);
  assertEquals([...packed.offsets], [0, 8, 8]);
  assertEquals([...packed.counts], [1, 0, 0, 1]);
  assertEquals([...packed.starts, packed.macs], [0, 2, 3, 3]);
});

Deno.test("packRowBlocks() takes 32-bit offsets past 2^14 columns", () => {
  const weights = new Float32Array(2 ** 14 + 1);
  weights[2 ** 14] = 1;
  const packed = packRowBlocks(weights, 1, weights.length, { rowsPerBlock: 4, unroll: 4 });
  assertEquals([...packed.offsets], [2 ** 16]);
});

Deno.test("packRowBlocks() refuses sizes that do not fit the values", () => {
  assertThrows(
    () => packRowBlocks(new Float32Array(5), 2, 3, { rowsPerBlock: 4, unroll: 4 }),
    RangeError,
    "Cannot pack weights: 5 values, expected 2 rows x 3 columns",
  );
});

Deno.test("cutBlocks() gives every thread about as many columns", () => {
  const starts = Uint32Array.of(0, 10, 20, 30, 100);
  assertEquals(cutBlocks(4, starts, 2), [[0, 3], [3, 4]]);
  assertEquals(cutBlocks(1, Uint32Array.of(0, 5), 3).filter(([from, to]) => to > from), [[0, 1]]);
});

Deno.test("cutTokens() cuts into equal runs", () => {
  assertEquals(cutTokens(9, 8), [{ first: 0, count: 4 }, { first: 4, count: 5 }]);
});
