import { assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern, type Random } from "../../core/mod.ts";
import type { Backend } from "../backend.ts";
import { dotBits } from "../machine.ts";
import { kernelSupport, openBackend } from "../open.ts";
import {
  createInterpreter,
  randomWeights,
  referenceDequantize,
  referenceQuantizedSums,
  referenceRequantize,
} from "../reference/mod.ts";
import {
  prepareQuantizedLinear,
  type QuantizedLinear,
  type QuantizedResult,
} from "./quantized_linear.ts";

const ARENA_BYTES = 1 << 22;

function draw(random: Random, name: string, rows: number, cols: number): QuantizedLinear {
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

/** What a layer should make of tokens, `[lane][row]`. */
function expectation(linear: QuantizedLinear, tokens: Uint8Array, largest: number): number[] {
  const { weights, rows, cols, lanes, bias = new Int32Array(rows), zeroPoint = 0 } = linear;
  const x = Uint8Array.from(tokens, (_, i) => tokens[(i % lanes) * cols + Math.floor(i / lanes)]!);
  const sums = referenceQuantizedSums({ weights, rows, cols, lanes, x, zeroPoint, bias });
  const values = outcome(linear.result, sums, largest);
  return Array.from(
    { length: lanes * rows },
    (_, i) => values[(i % rows) * lanes + Math.floor(i / rows)]!,
  );
}

function outcome(
  result: QuantizedResult,
  sums: Int32Array,
  largest: number,
): Int32Array | Float32Array | Uint8Array {
  if (result.kind === "int32") return sums;
  const { scales, relu = false } = result;
  if (result.kind === "float32") return referenceDequantize(sums, scales, relu);
  const { zeroPoint = 0 } = result;
  const smallest = relu ? zeroPoint : 0;
  return referenceRequantize(sums, { scales, zeroPoint, smallest, largest });
}

function bytes(random: Random, length: number, largest: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.integer(largest + 1));
}

async function prove(backend: Backend, random: Random, linear: QuantizedLinear): Promise<void> {
  const largest = 2 ** dotBits(backend.target) - 1;
  const layer = prepareQuantizedLinear(backend, linear);
  using program = backend.build(layer.steps);
  const tokens = bytes(random, linear.lanes * linear.cols, largest);
  layer.writeInput(tokens);
  await program.run();
  const expected = expectation(linear, tokens, largest);
  assertEquals([...layer.readOutput()], expected, `${layer.kernelId}, ${linear.lanes} lanes`);
}

const { targets, bytes: without } = kernelSupport();
for (const target of targets) {
  for (const threads of [1, 2, 3]) {
    const reason = without[target];
    Deno.test({
      name: `prepareQuantizedLinear() agrees with the reference on ${target}, threads = ${threads}${
        reason === undefined ? "" : `: skipped, ${reason}`
      }`,
      ignore: reason !== undefined,
      fn: async () => {
        const random = createRandom(`${target} ${threads}`);
        for (const name of ["dense", "unstructured", "2x1", "4x1", "dlrm-4x16", "2:4"]) {
          for (const lanes of [1, 65, 200]) {
            using backend = openBackend({ target, arenaBytes: ARENA_BYTES, threads });
            const scales = Float32Array.from({ length: 37 }, () => 0.01 * random.next() + 1e-5);
            for (const kind of ["int32", "float32", "rows"] as const) {
              const drawn = draw(random, name, 37, 52);
              const result = { kind, scales, ...kind === "rows" && { zeroPoint: 11, relu: true } };
              await prove(backend, random, { ...drawn, lanes, threads, result });
            }
          }
        }
      },
    });
  }
}

for (const kind of ["quads", "rows"] as const) {
  Deno.test(`prepareQuantizedLinear() chains layers in place by ${kind}`, async () => {
    for (const target of targets) {
      using backend = createInterpreter({ target, arenaBytes: ARENA_BYTES });
      const random = createRandom(kind);
      const largest = 2 ** dotBits(target) - 1;
      const scales = new Float32Array(20).fill(0.002);
      const first: QuantizedLinear = {
        ...draw(random, "4x1", 20, 12),
        lanes: 70,
        result: { kind, scales, zeroPoint: 50 },
      };
      const layer = prepareQuantizedLinear(backend, first);
      const second = {
        ...draw(random, kind === "quads" ? "4x4" : "2x1", 6, 20),
        lanes: 70,
        zeroPoint: 50,
      };
      const next = prepareQuantizedLinear(backend, { ...second, input: layer.output });
      assertEquals(next.input, layer.output);
      using program = backend.build([[...layer.steps[0]!, ...next.steps[0]!]]);
      const tokens = bytes(random, 70 * 12, largest);
      layer.writeInput(tokens);
      await program.run();
      const between = Uint8Array.from(expectation(first, tokens, largest));
      assertEquals([...next.readOutput()], expectation(second, between, largest));
    }
  });
}

Deno.test("prepareQuantizedLinear() never makes a byte that the target cannot multiply exactly", async () => {
  using backend = createInterpreter({ target: "avx2", arenaBytes: ARENA_BYTES });
  const linear: QuantizedLinear = {
    weights: Int8Array.of(127, 127, 127, 127),
    ...{ rows: 4, cols: 1, lanes: 1, pattern: parsePattern("4x1") },
    result: { kind: "rows", scales: new Float32Array(4).fill(1) },
  };
  const layer = prepareQuantizedLinear(backend, linear);
  using program = backend.build(layer.steps);
  layer.writeInput(Uint8Array.of(127));
  await program.run();
  assertEquals([...layer.readOutput()], [127, 127, 127, 127]);
  assertThrows(
    () => layer.writeInput(Uint8Array.of(128)),
    RangeError,
    "byte 0 is 128, expected at most 127",
  );
});

Deno.test("prepareQuantizedLinear() computes layers without a non-zero weight", async () => {
  for (const name of ["dense", "unstructured", "4x1", "dlrm-4x16"]) {
    using backend = openBackend({ target: "wasm", arenaBytes: ARENA_BYTES });
    const layer = prepareQuantizedLinear(backend, {
      weights: new Int8Array(20 * 6),
      ...{ rows: 20, cols: 6, lanes: 5, pattern: parsePattern(name) },
      bias: Int32Array.from({ length: 20 }, (_, row) => row - 10),
      zeroPoint: 99,
      result: { kind: "int32" },
    });
    using program = backend.build(layer.steps);
    await program.run();
    assertEquals([...layer.readOutput()], Array.from({ length: 100 }, (_, i) => i % 20 - 10));
  }
});

Deno.test("prepareQuantizedLinear() counts the work of a call", () => {
  using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
  const layer = prepareQuantizedLinear(backend, {
    weights: Int8Array.of(1, 0, 0, 0, 0, 0, 0, 0),
    ...{ rows: 4, cols: 2, lanes: 20, pattern: parsePattern("4x1") },
    result: { kind: "int32" },
  });
  assertEquals([layer.input.layout, layer.input.type], ["byte rows of 64", "uint8"]);
  assertEquals([layer.output.layout, layer.output.type], ["panels of 64", "int32"]);
  const { macs, denseMacs, executedMacs } = layer.work;
  assertEquals([macs, denseMacs, executedMacs], [20, 160, 16 * 64]);
});

Deno.test("prepareQuantizedLinear() refuses what does not fit", () => {
  using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
  const linear: QuantizedLinear = {
    weights: new Int8Array(8),
    ...{ rows: 4, cols: 2, lanes: 16, pattern: parsePattern("4x1") },
    result: { kind: "int32" },
  };
  const refused = (change: Partial<QuantizedLinear>, message: string): void => {
    assertThrows(
      () => prepareQuantizedLinear(backend, { ...linear, ...change }),
      RangeError,
      message,
    );
  };
  const scales = Float32Array.of(1, 1, 1, 0);
  refused({ rows: 3 }, "8 weights, expected 3 rows x 2 columns");
  refused({ lanes: 0 }, "lanes is 0, expected a positive integer");
  refused({ bias: new Int32Array(3) }, "3 biases, expected 4 rows");
  refused({ zeroPoint: 256 }, "input zero point is 256, expected an integer from 0 to 255");
  refused({ result: { kind: "rows", scales } }, "expected a positive finite one");
  refused(
    { result: { kind: "quads", scales: scales.fill(1), zeroPoint: -1 } },
    "output zero point is -1",
  );
  refused(
    { pattern: parsePattern("2x1"), result: { kind: "quads", scales } },
    "2x1 is computed 2 rows at a time on wasm, expected a multiple of 4",
  );
  refused({ bias: new Int32Array(4).fill(2 ** 31 - 1), weights: new Int8Array(8).fill(1) }, "sums");
  refused({ panelLanes: 24 }, "24 lanes, expected a multiple of 16");
  refused({ lanes: 1 << 20 }, "Cannot allocate");
  const { output } = prepareQuantizedLinear(backend, linear);
  refused({ input: output }, "of int32 in panels of 64");
  const layer = prepareQuantizedLinear(backend, linear);
  assertThrows(() => layer.writeInput(new Float32Array(32)), RangeError, "channels of uint8");
  assertThrows(() => layer.writeInput(new Uint8Array(31)), RangeError, "31 values (Uint8Array)");
});
