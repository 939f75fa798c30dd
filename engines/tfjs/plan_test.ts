import { assertEquals } from "@std/assert";
import { float32 } from "../../core/mod.ts";
import {
  bertConfigs,
  buildBert,
  createGraphBuilder,
  float,
  type GraphBuilder,
  int,
  ints,
} from "../../models/mod.ts";
import { outputsOf, planGraph } from "./plan.ts";

function kinds(build: (builder: GraphBuilder) => string, keep: readonly string[] = []): string[] {
  const builder = createGraphBuilder("test");
  builder.output(build(builder), "y");
  return planGraph(builder.build(), keep).steps.map((step) =>
    step.kind === "node" ? step.node.op : step.kind
  );
}

function linear(builder: GraphBuilder): string {
  builder.parameter("fc.weight", float32([3, 4]));
  builder.parameter("fc.bias", float32([3]));
  return builder.linear(builder.input("x", "float32", [2, 4]), "fc");
}

function scores(builder: GraphBuilder, mask: string): string {
  const x = builder.input("x", "float32", [2, 3, 4, 5]);
  const scaled = builder.node("Div", "div", [x, builder.scalar(4)]);
  const masked = builder.node("Add", "add", [scaled, mask]);
  return builder.node("Softmax", "softmax", [masked], { axis: int(-1) });
}

Deno.test("planGraph() makes one step of Transpose, MatMul and Add", () => {
  assertEquals(kinds(linear), ["linear"]);
});

Deno.test("planGraph() makes a linear step of Gemm, unless it scales or turns x", () => {
  const gemm = (attributes: Record<string, ReturnType<typeof int>>) => (builder: GraphBuilder) => {
    builder.parameter("w", float32([4, 4]));
    builder.parameter("b", float32([4]));
    const x = builder.input("x", "float32", [4, 4]);
    return builder.node("Gemm", "gemm", [x, "w", "b"], attributes);
  };
  assertEquals(kinds(gemm({ transB: int(1) })), ["linear"]);
  assertEquals(kinds(gemm({})), ["Gemm"]);
  assertEquals(kinds(gemm({ transB: int(1), transA: int(1) })), ["Gemm"]);
  assertEquals(kinds(gemm({ transB: int(1), alpha: float(2) })), ["Gemm"]);
});

Deno.test("planGraph() takes a product and the turning of its second operand together", () => {
  const product = (sizes: number[], perm: number[]) => (builder: GraphBuilder) => {
    const a = builder.input("a", "float32", [2, 3, 4, 5]);
    const b = builder.input("b", "float32", sizes);
    const turned = builder.node("Transpose", "t", [b], { perm: ints(...perm) });
    return builder.node("MatMul", "p", [a, turned]);
  };
  assertEquals(kinds(product([2, 6, 3, 5], [0, 2, 3, 1])), ["product"]);
  assertEquals(kinds(product([2, 5, 3, 6], [0, 2, 1, 3])), ["Transpose", "MatMul"]);
});

Deno.test("planGraph() makes one step of scaling, mask and Softmax", () => {
  const masked = (builder: GraphBuilder) =>
    scores(builder, builder.input("mask", "float32", [2, 1, 1, 5]));
  assertEquals(kinds(masked), ["softmax"]);
});

Deno.test("planGraph() fuses no mask that is trained or of another shape", () => {
  const trained = (builder: GraphBuilder) =>
    scores(builder, builder.parameter("mask", float32([2, 1, 1, 5])));
  const wide = (builder: GraphBuilder) =>
    scores(builder, builder.input("mask", "float32", [2, 1, 4, 5]));
  for (const build of [trained, wide]) assertEquals(kinds(build), ["Div", "Add", "Softmax"]);
});

Deno.test("planGraph() keeps values that others read or that are asked for", () => {
  const both = (builder: GraphBuilder) => {
    const y = linear(builder);
    return builder.node("Add", "sum", [y, "fc/MatMul"]);
  };
  assertEquals(kinds(both), ["Transpose", "MatMul", "Add", "Add"]);
  assertEquals(kinds(linear, ["fc/MatMul"]), ["Transpose", "MatMul", "Add"]);
});

Deno.test("planGraph() leaves no product but attention's by itself in BERT", () => {
  const graph = buildBert(bertConfigs["bert-tiny"], { batch: 1, sequence: 8 });
  const { steps } = planGraph(graph);
  const count = (kind: string) =>
    steps.filter((step) => (step.kind === "node" ? step.node.op : step.kind) === kind).length;
  assertEquals(count("linear"), 2 * 6 + 2);
  assertEquals(count("softmax"), 2);
  assertEquals([count("product"), count("MatMul")], [2, 2]);
  const written = steps.flatMap(outputsOf);
  assertEquals(new Set(written).size, written.length);
});

Deno.test("planGraph() makes one step of a normalisation, the residual and the ReLU behind it", () => {
  const block = (order: "first" | "second", relu: boolean) => (builder: GraphBuilder) => {
    for (const name of ["gain", "bias", "mean", "var"]) builder.parameter(name, float32([3]));
    const x = builder.input("x", "float32", [2, 3, 4, 4]);
    const norm = builder.node("BatchNormalization", "norm", [x, "gain", "bias", "mean", "var"]);
    const sum = builder.node("Add", "sum", order === "first" ? [norm, x] : [x, norm]);
    return relu ? builder.node("Relu", "relu", [sum]) : sum;
  };
  for (const order of ["first", "second"] as const) {
    for (const relu of [true, false]) {
      assertEquals(kinds(block(order, relu)), ["norm"]);
    }
  }
  assertEquals(kinds(block("first", true), ["sum"]), ["norm", "Relu"]);
  assertEquals(kinds(block("first", true), ["norm"]), ["norm", "Add", "Relu"]);
});
