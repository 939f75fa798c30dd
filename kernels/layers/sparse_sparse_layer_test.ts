import { assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern, type Random } from "../../core/mod.ts";
import type { Backend } from "../backend.ts";
import { proveLayer, randomLinear } from "../conformance/prove_layer.ts";
import { columnsOfMatrix, packColumnRecords } from "../formats/mod.ts";
import { kernelSupport, openBackend } from "../open.ts";
import { prepareSparseSparse, type SparseSparseLinear } from "./sparse_sparse_layer.ts";

const ARENA_BYTES = 1 << 23;
const [fastest = "wasm"] = kernelSupport().targets;

for (const target of kernelSupport().targets) {
  Deno.test(`prepareSparseSparse() computes what the reference does on ${target}`, async () => {
    using backend = openBackend({ target, arenaBytes: ARENA_BYTES, threads: 2 });
    const random = createRandom("sparse-sparse");
    for (const name of ["dense", "unstructured", "4x1", "8x1", "16x1", "partitioned-y-4:16"]) {
      for (const [rows, cols, lanes] of [[1, 1, 1], [37, 19, 3], [64, 48, 2]] as const) {
        for (const threads of [1, 2]) {
          const linear = randomLinear(random, parsePattern(name), rows, cols, lanes);
          const layer = prepareSparseSparse(backend, { ...linear, threads, post: "gelu" });
          await proveLayer(backend, layer, random, { ...linear, post: "gelu" });
        }
      }
    }
  });
}

/** Outputs for one row of activations. */
async function outputs(
  backend: Backend,
  linear: SparseSparseLinear,
  x: readonly number[],
): Promise<number[]> {
  const layer = prepareSparseSparse(backend, linear);
  using program = backend.build(layer.steps);
  layer.writeInput(Float32Array.from(x));
  await program.run();
  return [...layer.readOutput()];
}

function identity(size: number): SparseSparseLinear {
  const weights = Float32Array.from(
    { length: size * size },
    (_, i) => Math.floor(i / size) === i % size ? 1 : 0,
  );
  return { weights, rows: size, cols: size, pattern: parsePattern("unstructured"), lanes: 1 };
}

Deno.test("prepareSparseSparse() keeps the k largest and their equals", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const x = [3, -1, 2, 2, 0, 7];
  const kept = (winners: number) => outputs(backend, { ...identity(6), winners }, x);
  assertEquals(await kept(1), [0, 0, 0, 0, 0, 7]);
  assertEquals(await kept(3), [3, 0, 2, 2, 0, 7]);
  assertEquals(await kept(6), x);
});

Deno.test("prepareSparseSparse() lets what is not finite reach the outputs that store its column, and no other", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const x = [NaN, 1, Infinity, -1];
  assertEquals(await outputs(backend, identity(4), x), x);
  assertEquals(await outputs(backend, { ...identity(4), winners: 1 }, x), [NaN, 0, Infinity, 0]);
});

Deno.test("prepareSparseSparse() does not multiply a weight that is not finite with a zero", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const linear = identity(2);
  linear.weights[1] = NaN;
  assertEquals(await outputs(backend, linear, [5, 0]), [5, 0]);
  assertEquals(await outputs(backend, linear, [5, 1]), [NaN, 1]);
});

Deno.test("prepareSparseSparse() computes layers of zeros, and of zeros on zeros", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const linear = { ...identity(3), weights: new Float32Array(9), bias: Float32Array.of(1, 2, 3) };
  assertEquals(await outputs(backend, linear, [0, 0, 0]), [1, 2, 3]);
  assertEquals(await outputs(backend, linear, [4, 5, 6]), [1, 2, 3]);
});

Deno.test("prepareSparseSparse() ignores what lies in the padding of its input", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const layer = prepareSparseSparse(backend, { ...identity(5), winners: 2 });
  using program = backend.build(layer.steps);
  backend.float32(layer.input.address, 16).fill(9);
  layer.writeInput(Float32Array.of(1, 5, 2, 3, 4));
  await program.run();
  assertEquals([...layer.readOutput()], [0, 5, 0, 0, 4]);
});

Deno.test("prepareSparseSparse() has stages that are its steps", () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const random: Random = createRandom(1);
  const linear = randomLinear(random, parsePattern("16x1"), 32, 32, 1);
  const { steps, stages } = prepareSparseSparse(backend, { ...linear, winners: 3, post: "relu" });
  const { winners, list, product } = stages;
  assertEquals([winners[0]!.length, list[0]!.length, product[0]!.length], [1, 1, 3]);
  assertEquals([...winners[0]!, ...list[0]!, ...product[0]!], [...steps[0]!]);
});

Deno.test("prepareSparseSparse() refuses more winners than inputs", () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  for (const winners of [0, 7, 1.5]) {
    assertThrows(
      () => prepareSparseSparse(backend, { ...identity(6), winners }),
      RangeError,
      `${winners} winners, expected an integer from 1 to the 6 inputs`,
    );
  }
});

Deno.test("packColumnRecords() lets weights that fill lines begin at one", () => {
  const weights = new Float32Array(32 * 2).fill(1);
  const columns = columnsOfMatrix(weights, 32, 2, 16, false);
  const { records, starts } = packColumnRecords(columns, 2, 16);
  const view = new DataView(records.buffer);
  for (const start of starts.subarray(0, 2)) {
    assertEquals(view.getUint32(start, true), 2);
    assertEquals((start + view.getUint32(start + 4, true)) % 64, 0);
  }
  assertEquals([...starts.subarray(2)], Array(14).fill(0));
});
