import { assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern } from "../../core/mod.ts";
import { proveLayer, randomLinear } from "../conformance/prove_layer.ts";
import { packRowSegments } from "../formats/mod.ts";
import { kernelSupport, openBackend } from "../open.ts";
import { prepareDot } from "./dot_layer.ts";

const ARENA_BYTES = 1 << 22;
const [fastest = "wasm"] = kernelSupport().targets;

for (const target of kernelSupport().targets) {
  Deno.test(`prepareDot() computes what the reference does on ${target}`, async () => {
    using backend = openBackend({ target, arenaBytes: ARENA_BYTES, threads: 2 });
    const random = createRandom("dot");
    for (const name of ["unstructured", "1x4", "1x16", "4x16"]) {
      for (const [rows, cols, lanes] of [[1, 1, 1], [37, 19, 3], [64, 48, 20]] as const) {
        for (const threads of [1, 2]) {
          const linear = randomLinear(random, parsePattern(name), rows, cols, lanes);
          const layer = prepareDot(backend, { ...linear, threads, post: "relu" });
          await proveLayer(backend, layer, random, { ...linear, post: "relu" });
        }
      }
    }
  });
}

Deno.test("packRowSegments() stores runs that are not empty, and cuts the last one off", () => {
  const weights = new Float32Array(2 * 10);
  weights[3] = 1;
  weights[10 + 9] = 2;
  const packed = packRowSegments(weights, 2, 10, 4, 4);
  assertEquals([...packed.values], [0, 0, 0, 1, 0, 2, 0, 0]);
  assertEquals([...packed.offsets], [0, 32]);
  assertEquals([[...packed.counts], [...packed.starts]], [[0, 1, 0, 1], [0, 1, 2]]);
});

Deno.test("packRowSegments() refuses sizes that do not fit the values", () => {
  assertThrows(
    () => packRowSegments(new Float32Array(5), 2, 3, 16, 4),
    RangeError,
    "Cannot pack weights: 5 values, expected 2 rows x 3 columns",
  );
});

Deno.test("prepareDot() lets what is not finite reach the outputs that store its run, and no other", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const weights = new Float32Array(2 * 40);
  weights[1] = 2; // row 0 meets the first run, row 1 the last
  weights[40 + 35] = 3;
  const linear = { weights, rows: 2, cols: 40, pattern: parsePattern("1x4"), lanes: 1 };
  const layer = prepareDot(backend, linear);
  using program = backend.build(layer.steps);
  const x = new Float32Array(40).fill(1);
  x[1] = Infinity;
  layer.writeInput(x);
  await program.run();
  assertEquals([...layer.readOutput()], [Infinity, 3]);
});
