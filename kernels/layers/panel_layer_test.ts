import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern, type Random } from "../../core/mod.ts";
import type { Backend } from "../backend.ts";
import { readPanels } from "../formats/mod.ts";
import { kernelSupport, openBackend } from "../open.ts";
import { randomWeights, referenceLinear } from "../reference/mod.ts";
import type { LayerPort } from "./layer.ts";
import { type PanelLinear, preparePanel } from "./panel_layer.ts";

const ARENA_BYTES = 1 << 22;

function uniform(random: Random, length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => 2 * random.next() - 1);
}

/** Runs a layer on random activations and compares it with the reference. */
async function prove(backend: Backend, random: Random, linear: PanelLinear): Promise<void> {
  const { weights, rows, cols, lanes, bias = new Float32Array(rows), post = "none" } = linear;
  const layer = preparePanel(backend, linear);
  using program = backend.build(layer.steps);
  const tokens = uniform(random, lanes * cols);
  layer.writeInput(tokens);
  await program.run();
  const x = transposed(tokens, lanes, cols);
  const residual = linear.residual
    ? transposed(readPort(backend, linear.residual, lanes, rows), lanes, rows)
    : null;
  const expected = referenceLinear({ weights, rows, cols, lanes, x, bias, residual, post });
  const actual = transposed(layer.readOutput() as Float32Array, lanes, rows);
  const worst = actual.reduce((most, y, i) => Math.max(most, Math.abs(y - expected[i]!)), 0);
  assert(worst < 1e-5 * Math.sqrt(cols), `off by ${worst}: ${rows}x${cols}, ${lanes} lanes`);
}

function transposed(from: Float32Array, rows: number, cols: number): Float32Array {
  return Float32Array.from(from, (_, i) => from[(i % rows) * cols + Math.floor(i / rows)]!);
}

function readPort(backend: Backend, port: LayerPort, tokens: number, rows: number): Float32Array {
  const panelLanes = Number(port.layout.split(" ").at(-1));
  const panels = Math.ceil(tokens / panelLanes);
  return readPanels(backend.float32(port.address, port.sizeBytes / 4), {
    tokens,
    rows,
    panelLanes,
    panelStride: port.sizeBytes / 4 / panels,
  });
}

for (const target of kernelSupport().targets) {
  for (const threads of [1, 2, 3]) {
    Deno.test(`preparePanel() agrees with the reference on ${target}, threads = ${threads}`, async () => {
      const random = createRandom(`${target} ${threads}`);
      for (const name of ["dense", "unstructured", "2x1", "4x1", "16x1", "2:4"]) {
        const pattern = parsePattern(name);
        for (const lanes of [1, 17, 48, 64, 200]) {
          using backend = openBackend({ target, arenaBytes: ARENA_BYTES, threads });
          const [rows, cols] = [37, 52];
          const weights = randomWeights(random, rows, cols, pattern);
          const bias = uniform(random, rows);
          await prove(backend, random, { weights, rows, cols, pattern, lanes, bias, threads });
        }
      }
    });
  }
}

Deno.test("preparePanel() chains layers in place and adds a residual", async () => {
  const random = createRandom(1);
  const [rows, cols, lanes] = [12, 12, 70];
  using backend = openBackend({ target: "wasm", arenaBytes: ARENA_BYTES });
  const linear = {
    weights: randomWeights(random, rows, cols, parsePattern("4x1")),
    rows,
    cols,
    pattern: parsePattern("4x1"),
    lanes,
  };
  const first = preparePanel(backend, linear);
  const second = preparePanel(backend, { ...linear, input: first.output });
  assertEquals(second.input, first.output);
  using program = backend.build([[...first.steps[0]!, ...second.steps[0]!]]);
  first.writeInput(uniform(random, lanes * cols));
  await program.run();
  await prove(backend, random, { ...linear, residual: second.output, post: "relu" });
});

for (const target of kernelSupport().targets) {
  Deno.test(`preparePanel() propagates NaN and infinity on ${target} as IEEE 754 demands`, async () => {
    using backend = openBackend({ target, arenaBytes: ARENA_BYTES });
    // enough columns for several passes, with what matters in the first and the last of them
    const [rows, cols, lanes] = [4, 600, 3];
    const at = [0, cols - 1];
    const weights = new Float32Array(rows * cols).fill(1);
    const set = [[1, Infinity], [NaN, 0], [0, 2], [1, 1]];
    set.forEach((row, r) => row.forEach((weight, i) => weights[r * cols + at[i]!] = weight));
    const tokens = new Float32Array(lanes * cols);
    const inputs = [[1, 2], [1, 0], [-Infinity, NaN]];
    inputs.forEach((token, t) => token.forEach((x, i) => tokens[t * cols + at[i]!] = x));
    const pattern = parsePattern("unstructured");
    const layer = preparePanel(backend, { weights, rows, cols, pattern, lanes });
    using program = backend.build(layer.steps);
    layer.writeInput(tokens);
    await program.run();
    // a stored weight of infinity times 0 is NaN; a zero that is not stored meets nothing
    assertEquals([...layer.readOutput()], [
      ...[Infinity, NaN, 4, 3],
      ...[NaN, NaN, 0, 1],
      ...[NaN, NaN, NaN, NaN],
    ]);
  });
}

Deno.test("preparePanel() computes layers without a non-zero weight", async () => {
  for (const target of kernelSupport().targets) {
    for (const name of ["dense", "unstructured", "4x1", "16x1"]) {
      using backend = openBackend({ target, arenaBytes: ARENA_BYTES });
      const layer = preparePanel(backend, {
        weights: new Float32Array(20 * 6),
        rows: 20,
        cols: 6,
        pattern: parsePattern(name),
        lanes: 5,
        bias: Float32Array.from({ length: 20 }, (_, row) => row),
      });
      using program = backend.build(layer.steps);
      await program.run();
      assertEquals([...layer.readOutput()], Array.from({ length: 100 }, (_, i) => i % 20));
    }
  }
});

Deno.test("preparePanel() counts the work of a call", () => {
  using backend = openBackend({ target: "wasm", arenaBytes: ARENA_BYTES });
  const weights = Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0);
  const layer = preparePanel(backend, {
    weights,
    rows: 4,
    cols: 2,
    pattern: parsePattern("4x1"),
    lanes: 20,
  });
  assertEquals(layer.input.layout, "panels of 32");
  const { macs, denseMacs, executedMacs } = layer.work;
  assertEquals([macs, denseMacs, executedMacs], [20, 160, 128]);
});

Deno.test("preparePanel() refuses sizes and ports that do not fit", () => {
  using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
  const pattern = parsePattern("4x1");
  const linear = { weights: new Float32Array(8), rows: 4, cols: 2, pattern, lanes: 16 };
  const refused = (change: Partial<PanelLinear>, message: string): void => {
    assertThrows(() => preparePanel(backend, { ...linear, ...change }), RangeError, message);
  };
  refused({ rows: 3 }, "8 weights, expected 3 rows x 2 columns");
  refused({ lanes: 0 }, "lanes is 0, expected a positive integer");
  refused({ threads: 1.5 }, "threads is 1.5, expected a positive integer");
  refused({ bias: new Float32Array(3) }, "3 biases, expected 4 rows");
  refused({ lanes: 1 << 20 }, "Cannot allocate 8388608 bytes");
  refused({ panelLanes: 24 }, "24 lanes, expected a multiple of 16");
  const { output } = preparePanel(backend, linear);
  refused(
    { weights: new Float32Array(40), cols: 10, input: output },
    "input is 256 bytes of float32 in panels of 16",
  );
  refused({ input: { ...output, layout: "rows" } }, "expected at least 128 bytes of float32");
  refused({ input: { ...output, address: output.address + 4 } }, "aligned to 64 bytes");
  assertThrows(
    () => preparePanel(backend, linear).writeInput(new Float32Array(31)),
    RangeError,
    "31 values (Float32Array), expected 16 lanes x 2 channels of float32",
  );
});

Deno.test("preparePanel() takes the panels that are padded least", () => {
  using backend = openBackend({ target: "wasm", arenaBytes: ARENA_BYTES });
  const pattern = parsePattern("4x1");
  const layouts = [16, 20, 64, 65, 96, 100, 128, 384].map((lanes) =>
    preparePanel(backend, { weights: new Float32Array(8), rows: 4, cols: 2, pattern, lanes }).input
      .layout
  );
  assertEquals(layouts.map((layout) => Number(layout.slice(10))), [16, 32, 64, 48, 48, 64, 64, 64]);
});
