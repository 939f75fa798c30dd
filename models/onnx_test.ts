import { assert, assertEquals, assertThrows } from "@std/assert";
import { float32, type Tensor } from "../core/mod.ts";
import { buildBert } from "./bert.ts";
import { bertConfigs } from "./bert_config.ts";
import type { Graph } from "./graph.ts";
import { encodeOnnx } from "./onnx.ts";
import { decodeOnnx } from "./onnx_decode.ts";

const bert = buildBert(
  { ...bertConfigs["bert-tiny"], hidden: 8, intermediate: 12, vocabulary: 9, positions: 6 },
  { batch: 2, sequence: 5 },
  undefined,
  { outputs: ["last_hidden_state"] },
);

/** x + b, with every element type among the initializers. */
const tensors: readonly Tensor[] = [
  float32([2], Float32Array.of(1.5, -0)),
  { dtype: "int64", shape: [2], data: BigInt64Array.of(-(2n ** 62n), 3n) },
  { dtype: "int32", shape: [2], data: Int32Array.of(-5, 5) },
  { dtype: "uint8", shape: [2], data: Uint8Array.of(0, 255) },
  { dtype: "int8", shape: [2], data: Int8Array.of(-128, 127) },
  { dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) },
  float32([], Float32Array.of(7)),
];
const small: Graph = {
  name: "small",
  inputs: [{ name: "x", dtype: "float32", shape: [3, 2] }],
  outputs: [{ name: "y", dtype: "float32", shape: [3, 2] }],
  nodes: [{ op: "Add", name: "add", inputs: ["x", "float32 0"], outputs: ["y"], attributes: {} }],
  initializers: new Map(tensors.map((tensor, i) => [`${tensor.dtype} ${i}`, tensor])),
};

Deno.test("decodeOnnx() gives back what encodeOnnx() wrote", () => {
  assertEquals(decodeOnnx(encodeOnnx(bert), "bert.onnx"), bert);
  assertEquals(decodeOnnx(encodeOnnx(small), "small.onnx"), small);
});

Deno.test("decodeOnnx() reads bytes that start at an odd address", () => {
  const bytes = encodeOnnx(small);
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  assertEquals(decodeOnnx(shifted.subarray(1), "small.onnx"), small);
});

Deno.test("encodeOnnx() gives the same bytes for the same graph", () => {
  assertEquals(encodeOnnx(bert), encodeOnnx(decodeOnnx(encodeOnnx(bert), "bert.onnx")));
});

Deno.test("encodeOnnx() does not change when a view of a larger buffer is encoded", () => {
  const data = new Float32Array([9, 1.5, -0, 9]).subarray(1, 3);
  const initializers = new Map(small.initializers).set("float32 0", float32([2], data));
  assertEquals(decodeOnnx(encodeOnnx({ ...small, initializers }), "view.onnx"), small);
});

Deno.test("encodeOnnx() declares the domains of other runtimes' operators", () => {
  const node = { ...small.nodes[0]!, op: "FancyAdd", domain: "com.example" };
  const bytes = encodeOnnx({ ...small, nodes: [node] });
  assertThrows(
    () => decodeOnnx(bytes, "fancy.onnx"),
    RangeError,
    'Cannot read fancy.onnx: node "add" has op "com.example.FancyAdd", expected one of Add',
  );
});

Deno.test("decodeOnnx() throws SyntaxError wherever the file is cut off", () => {
  const bytes = encodeOnnx(small);
  for (let length = 0; length < bytes.length; length++) {
    const error = assertThrows(() => decodeOnnx(bytes.subarray(0, length), "cut.onnx"));
    assert(
      error instanceof Error && error.message.startsWith("Cannot read cut.onnx: "),
      `${length}`,
    );
  }
});

Deno.test("decodeOnnx() throws SyntaxError if the file is something else", () => {
  const text = new TextEncoder().encode("<!doctype html><title>404</title>");
  assertThrows(
    () => decodeOnnx(text, "page.onnx"),
    SyntaxError,
    "Cannot read page.onnx: 33 bytes are no ONNX model (it is a web page), expected a whole .onnx file",
  );
});

Deno.test("encodeOnnx() refuses a graph that no .onnx file holds", () => {
  const part = float32([2 ** 24]); // 64 MiB, shared by all
  const initializers = new Map(small.initializers);
  for (let i = 0; i < 32; i++) initializers.set(`part ${i}`, part);
  assertThrows(
    () => encodeOnnx({ ...small, initializers }),
    RangeError,
    "Cannot encode small: 2.00 GiB, expected less than 2 GiB",
  );
});
