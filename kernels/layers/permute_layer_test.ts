import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern } from "../../core/mod.ts";
import { proveLayer, randomLinear } from "../conformance/prove_layer.ts";
import { packPermuteSlots } from "../formats/mod.ts";
import { kernelSupport, openBackend } from "../open.ts";
import { randomWeights } from "../reference/mod.ts";
import { preparePermute } from "./permute_layer.ts";

const ARENA_BYTES = 1 << 22;
const [fastest = "wasm"] = kernelSupport().targets;

for (const target of kernelSupport().targets) {
  Deno.test(`preparePermute() computes what the reference does on ${target}`, async () => {
    using backend = openBackend({ target, arenaBytes: ARENA_BYTES, threads: 2 });
    const random = createRandom("permute");
    for (const name of ["unstructured", "4x1", "2:4", "complementary-16", "partitioned-xy-1:16"]) {
      for (const [rows, cols, lanes] of [[1, 1, 1], [37, 19, 3], [64, 48, 20]] as const) {
        for (const threads of [1, 2]) {
          const linear = randomLinear(random, parsePattern(name), rows, cols, lanes);
          const layer = preparePermute(backend, { ...linear, threads, post: "relu" });
          await proveLayer(backend, layer, random, { ...linear, post: "relu" });
        }
      }
    }
  });
}

Deno.test("packPermuteSlots() fills nothing up if every row has as many non-zeros in each segment", () => {
  const random = createRandom(1);
  for (const [name, lanes] of [["partitioned-x-1:16", 16], ["2:4", 4], ["2:4", 16]] as const) {
    const weights = randomWeights(random, 32, 64, parsePattern(name));
    const packed = packPermuteSlots(weights, 32, 64, lanes);
    assertEquals(packed.values.length, packed.macs, name);
  }
});

Deno.test("packPermuteSlots() takes as many slots for a segment as its fullest row needs", () => {
  const weights = new Float32Array(4 * 8);
  weights.set([1, 2, 3], 0); // row 0, first segment
  weights[3 * 8 + 6] = 4; // row 3, second segment
  const packed = packPermuteSlots(weights, 4, 8, 4);
  assertEquals([...packed.values], [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 4]);
  assertEquals([...packed.places], [0x0210, 0, 0, 0x2000]);
  assertEquals([...packed.offsets], [0, 0, 0, 16]);
  assertEquals([[...packed.counts], [...packed.starts]], [[0, 4], [0, 4]]);
});

Deno.test("packPermuteSlots() lets lanes that are filled up meet what their row meets anyway", () => {
  const weights = new Float32Array(2 * 4);
  weights.set([1, 2, 0, 0, 0, 0, 0, 5]);
  const packed = packPermuteSlots(weights, 2, 4, 4);
  assertEquals([...packed.places], [0x10, 0x33, 0, 0]);
});

Deno.test("packPermuteSlots() packs 4096 x 1024 in well under a second", () => {
  const weights = new Float32Array(4096 * 1024);
  for (let i = 0; i < weights.length; i += 10) weights[i] = 1;
  const start = performance.now();
  packPermuteSlots(weights, 4096, 1024, 16);
  assert(performance.now() - start < 1000);
});

Deno.test("packPermuteSlots() refuses sizes that do not fit the values", () => {
  assertThrows(
    () => packPermuteSlots(new Float32Array(5), 2, 3, 16),
    RangeError,
    "Cannot pack weights: 5 values, expected 2 rows x 3 columns",
  );
});

Deno.test("preparePermute() lets what is not finite reach the outputs that store its column", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const weights = new Float32Array(64 * 40);
  weights[0 * 40 + 1] = 2; // the first group meets inputs 1 and 2, the second nothing
  weights[1 * 40 + 2] = 3;
  const pattern = parsePattern("unstructured");
  const layer = preparePermute(backend, { weights, rows: 64, cols: 40, pattern, lanes: 1 });
  using program = backend.build(layer.steps);
  const x = new Float32Array(40).fill(NaN);
  x.set([1, -Infinity, 1]);
  layer.writeInput(x);
  await program.run();
  const y = layer.readOutput();
  assertEquals([y[0], y[1], y[32], y[63]], [-Infinity, 3, 0, 0]);
});
