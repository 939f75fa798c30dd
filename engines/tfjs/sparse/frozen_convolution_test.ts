import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom, drawMask, type Mask, parsePattern } from "../../../core/mod.ts";
import { convolutionWeights } from "../../../kernels/mod.ts";
import type { TfTensor } from "../heap.ts";
import type { Floats } from "../loops.ts";
import { runOwn } from "../own_kernel.ts";
import { openTraining, type TrainingTfjs } from "../training.ts";
import { openFrozenTable } from "./frozen.ts";

const random = createRandom(12);
const [IMAGES, INPUTS, OUTPUTS, SIZE, TAPS] = [18, 8, 12, 6, 9] as const;

function draw(length: number): Floats {
  return Float32Array.from({ length }, () => random.normal());
}

function drawKept(pattern: string, sparsity: number): Mask {
  return drawMask(random, OUTPUTS, TAPS * INPUTS, parsePattern(pattern), sparsity);
}

/** A mask in the order of the weights. */
function factorsOf({ kept, rows }: Mask): Floats {
  return convolutionWeights(Float32Array.from(kept), rows, TAPS);
}

/** What is trained: input, weights and bias of a convolution of 3x3 windows. */
function openLeaves({ ops: { tf } }: TrainingTfjs, weights: Floats): TfTensor[] {
  return [
    tf.tensor(draw(IMAGES * INPUTS * SIZE * SIZE), [IMAGES, INPUTS, SIZE, SIZE]),
    tf.tensor(weights, [OUTPUTS, INPUTS, 3, 3]),
    tf.tensor(draw(OUTPUTS), [OUTPUTS]),
  ];
}

/** Sum of squares of the convolution, and its gradients by x, weights and bias. */
function derive({ heap, ops: { tf } }: TrainingTfjs, leaves: readonly TfTensor[]): Floats[] {
  const window = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] };
  const attributes = { ...window, output: [SIZE, SIZE], groups: 1 };
  return tf.tidy(() => {
    const [x, weights, bias] = leaves as [TfTensor, TfTensor, TfTensor]; // three were made
    const { value, grads } = tf.engine().gradients(
      () => tf.sum(tf.square(runOwn(tf, "Conv", { x, weights, bias }, attributes))).asScalar(),
      [...leaves],
    );
    return [value, ...grads].map((tensor) => heap.float32(tensor).slice());
  });
}

function assertClose(found: Floats, wanted: Floats, what: string): void {
  wanted.forEach((value, i) => {
    assertAlmostEquals(found[i]!, value, 1e-4 * Math.max(1, Math.abs(value)), `${what} ${i}`);
  });
}

Deno.test("freeze() has convolutions and their gradients skip zeros, until it is disposed", async () => {
  using machine = await openTraining({ threads: 2 });
  const { heap, ops: { tf } } = machine;
  const mask = drawKept("2x1", 0.75);
  const factors = factorsOf(mask);
  const weights = draw(factors.length).map((value, i) => value * factors[i]!);
  const leaves = openLeaves(machine, weights);
  const dense = derive(machine, leaves);
  {
    using frozen = machine.freeze([{ name: "w", weight: leaves[1]!, mask }], "kept");
    assertEquals(frozen.uses[0]!.products, {
      forward: "sparse",
      byInput: "sparse",
      byWeight: "sparse",
    });
    // What is pruned is not read.
    heap.float32(leaves[1]!).set(weights.map((value, i) => factors[i] === 1 ? value : NaN));
    const [value, dx, dw, db] = derive(machine, leaves);
    assertClose(value!, dense[0]!, "loss");
    assertClose(dx!, dense[1]!, "dx");
    assertClose(dw!, dense[2]!.map((gradient, i) => gradient * factors[i]!), "dw");
    assertClose(db!, dense[3]!, "db");
    assert(dense[2]!.some((gradient, i) => factors[i] === 0 && gradient !== 0));
  }
  heap.float32(leaves[1]!).set(weights);
  assertEquals(derive(machine, leaves), dense);
  tf.dispose(leaves);
});

Deno.test("freeze() takes the place of an earlier one, whose disposing changes nothing then", async () => {
  using machine = await openTraining();
  const { heap, ops: { tf } } = machine;
  const [first, second] = [drawKept("4x1", 0.9), drawKept("unstructured", 0.75)];
  const leaves = openLeaves(machine, draw(OUTPUTS * INPUTS * TAPS));
  const name = "w";
  const earlier = machine.freeze([{ name, weight: leaves[1]!, mask: first }], "kept");
  const [, , early] = derive(machine, leaves);
  using _later = machine.freeze([{ name, weight: leaves[1]!, mask: second }], "kept");
  earlier[Symbol.dispose]();
  const [, , late] = derive(machine, leaves);
  const keptBy = (gradient: Floats): number[] => [...gradient].map((value) => Number(value !== 0));
  assertEquals(keptBy(early!), [...factorsOf(first)]);
  assertEquals(keptBy(late!), [...factorsOf(second)]);
  assert(heap.float32(leaves[1]!).every((value) => value !== 0));
  tf.dispose(leaves);
});

Deno.test("freeze() leaves convolutions dense that are not sparse enough, or wanted whole", () => {
  const table = openFrozenTable({ target: "wasm", threads: 1 });
  const weight = { dataId: {}, shape: [OUTPUTS, INPUTS, 3, 3], dtype: "float32" as const };
  const choose = (pattern: string, sparsity: number, wanted: "all" | "kept"): string[] => {
    using frozen = table.freeze([{ name: "w", weight, mask: drawKept(pattern, sparsity) }], wanted);
    const { products } = frozen.uses[0]!;
    for (const product of ["forward", "byInput", "byWeight"] as const) {
      assertEquals(table.keptOf(weight, product) !== null, products[product] === "sparse");
    }
    return [products.forward, products.byInput, products.byWeight];
  };
  assertEquals(choose("unstructured", 0.9, "kept"), ["sparse", "sparse", "sparse"]);
  assertEquals(choose("unstructured", 0.9, "all"), ["sparse", "sparse", "dense"]);
  assertEquals(choose("4x1", 0.5, "kept"), ["sparse", "dense", "sparse"]);
  assertEquals(choose("unstructured", 0.5, "kept"), ["dense", "dense", "dense"]);
  assertEquals(table.keptOf(weight, "forward"), null);
});
