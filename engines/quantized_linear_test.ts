// The INT8 layers of our kernels against ONNX Runtime's own: the integers must be the same.
import { assertEquals } from "@std/assert";
import { createRandom, parsePattern, type Tensor } from "../core/mod.ts";
import { dotBits, kernelSupport, openBackend, prepareQuantizedLinear } from "../kernels/mod.ts";
import { encodeOnnx } from "../models/mod.ts";
import { onnxruntimeNode } from "./onnxruntime_node.ts";

const [TOKENS, COLS, ROWS] = [70, 96, 52];
const INPUTS = ["x", "xScale", "xZero", "w", "wScale", "wZero", "yScale", "yZero"] as const;

type Quantities = Readonly<Record<Exclude<(typeof INPUTS)[number], "x">, Tensor>>;

/** The bytes that `QLinearMatMul` makes of tokens of bytes. */
async function qLinearMatMul(x: Uint8Array<ArrayBuffer>, given: Quantities): Promise<Uint8Array> {
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const node = { op: "QLinearMatMul", name: "product", inputs: INPUTS, outputs: ["y"] };
  const session = await InferenceSession.create(
    encodeOnnx({
      name: "product",
      inputs: [{ name: "x", dtype: "uint8", shape: [TOKENS, COLS] }],
      outputs: [{ name: "y", dtype: "uint8", shape: [TOKENS, ROWS] }],
      nodes: [{ ...node, attributes: {} }],
      initializers: new Map(Object.entries(given)),
    }),
  );
  const { y } = await session.run({ x: new Tensor("uint8", x, [TOKENS, COLS]) });
  const bytes = y?.data;
  await session.release();
  if (bytes instanceof Uint8Array) return bytes;
  throw new TypeError(`Cannot compare products: found ${y?.type}, expected uint8`);
}

const availability = await onnxruntimeNode.probe();
const { targets, bytes: without } = kernelSupport();
for (const target of targets) {
  const reason = availability.available ? without[target] : availability.reason;
  Deno.test({
    name: `prepareQuantizedLinear() makes the bytes of QLinearMatMul on ${target}${
      reason === undefined ? "" : `: skipped, ${reason}`
    }`,
    ignore: reason !== undefined,
    fn: async () => {
      const random = createRandom(target);
      const largest = 2 ** dotBits(target) - 1;
      // 7 bits: without VNNI, ONNX Runtime itself saturates sums of two products at 16 bits
      const x = Uint8Array.from({ length: TOKENS * COLS }, () => random.integer(128));
      const weights = Int8Array.from(
        { length: ROWS * COLS },
        () => random.next() < 0.6 ? 0 : random.integer(255) - 127,
      );
      const wScale = Float32Array.from({ length: ROWS }, () => 0.001 + 0.01 * random.next());
      const [xScale, yScale] = [Math.fround(0.02), Math.fround(0.06)];
      const [xZero, yZero] = [random.integer(128), 93];
      const expected = await qLinearMatMul(x, {
        w: {
          dtype: "int8",
          shape: [COLS, ROWS],
          data: weights.map((_, i) => weights[(i % ROWS) * COLS + Math.floor(i / ROWS)]!),
        },
        xScale: { dtype: "float32", shape: [], data: Float32Array.of(xScale) },
        wScale: { dtype: "float32", shape: [ROWS], data: wScale },
        yScale: { dtype: "float32", shape: [], data: Float32Array.of(yScale) },
        xZero: { dtype: "uint8", shape: [], data: Uint8Array.of(xZero) },
        wZero: { dtype: "int8", shape: [ROWS], data: new Int8Array(ROWS) },
        yZero: { dtype: "uint8", shape: [], data: Uint8Array.of(yZero) },
      });
      const scales = wScale.map((scale) => Math.fround(xScale * scale) / yScale);
      for (const pattern of ["dense", "4x1", "unstructured"]) {
        using backend = openBackend({ target, arenaBytes: 1 << 20 });
        const layer = prepareQuantizedLinear(backend, {
          ...{ weights, rows: ROWS, cols: COLS, pattern: parsePattern(pattern), lanes: TOKENS },
          zeroPoint: xZero,
          result: { kind: "rows", scales, zeroPoint: yZero },
        });
        using program = backend.build(layer.steps);
        layer.writeInput(x);
        await program.run();
        // where products are exact for 7 bits only, so are the next layer's: bytes end at 127
        const saturated = [...expected].map((byte) => Math.min(byte, largest));
        assertEquals([...layer.readOutput()], saturated, pattern);
        assertEquals(saturated.includes(0) && saturated.includes(largest), true, "saturates");
      }
    },
  });
}
