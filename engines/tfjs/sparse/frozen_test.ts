import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom, type Mask, maskOf } from "../../../core/mod.ts";
import { kernelSupport, type Target } from "../../../kernels/mod.ts";
import { type Floats, plainLoops } from "../loops.ts";
import { openTraining } from "../training.ts";
import { runOwn } from "../own_kernel.ts";
import { openFrozenTable } from "./frozen.ts";

const random = createRandom(11);

function draw(length: number): Floats {
  return Float32Array.from({ length }, () => random.normal());
}

/** Weights of which blocks of `height` rows by `width` columns are zero but for some. */
function drawSparse(
  rows: number,
  cols: number,
  [height, width]: readonly [number, number],
): Floats {
  const weights = draw(rows * cols);
  for (let row = 0; row < rows; row += height) {
    for (let col = 0; col < cols; col += width) {
      if (random.next() < 0.1) continue;
      for (let r = row; r < row + height; r++) {
        weights.fill(0, r * cols + col, r * cols + Math.min(cols, col + width));
      }
    }
  }
  return weights;
}

function assertClose(found: Floats, wanted: Floats, what: string): void {
  wanted.forEach((value, i) => {
    assertAlmostEquals(found[i]!, value, 1e-4 * Math.max(1, Math.abs(value)), `${what} ${i}`);
  });
}

/** Products of a dense layer in plain loops; the gradient by weights where they are kept. */
function denseProducts(
  weights: Floats,
  bias: Floats,
  x: Floats,
  dy: Floats,
  mask: Mask,
): Readonly<Record<"y" | "dx" | "dw", Floats>> {
  const { rows, cols, kept } = mask;
  const tokens = x.length / cols;
  const [y, dx, dw] = [tokens * rows, x.length, weights.length].map((n) => new Float32Array(n)) as [
    Floats,
    Floats,
    Floats,
  ]; // three were made
  const sizes = { batch: 1, transposeA: false, transposeB: false };
  plainLoops.matMul(
    x,
    weights,
    bias,
    { ...sizes, m: tokens, n: rows, k: cols, transposeB: true },
    y,
  );
  plainLoops.matMul(dy, weights, null, { ...sizes, m: tokens, n: cols, k: rows }, dx);
  plainLoops.matMul(dy, x, null, { ...sizes, m: rows, n: cols, k: tokens, transposeA: true }, dw);
  return { y, dx, dw: dw.map((value, i) => value * kept[i]!) };
}

const SHAPES: readonly (readonly [rows: number, cols: number, tokens: number])[] = [
  [16, 32, 64],
  [48, 16, 192],
  [32, 64, 1344],
];
const BLOCKS: readonly (readonly [number, number])[] = [[1, 1], [2, 1], [4, 1], [16, 1], [1, 4], [
  4,
  4,
]];

function checkTarget(target: Target): void {
  const table = openFrozenTable({ target, threads: target.startsWith("wasm") ? 1 : 2 });
  for (const [rows, cols, tokens] of SHAPES) {
    for (const block of BLOCKS) {
      const what = `${target} ${rows}x${cols} ${block.join("x")} ${tokens}`;
      const weights = drawSparse(rows, cols, block);
      const mask = maskOf(weights, rows, cols);
      const weight = { dataId: {}, shape: [rows, cols], dtype: "float32" as const };
      using frozen = table.freeze([{ name: "w", weight, mask }], "kept");
      assertEquals(new Set(Object.values(frozen.uses[0]!.products)), new Set(["sparse"]), what);
      const layer = table.layerOf(weight, "forward", tokens)!;
      // Twice, since weights change.
      for (let step = 0; step < 2; step++) {
        const [bias, x, dy] = [draw(rows), draw(tokens * cols), draw(tokens * rows)];
        weights.forEach((value, i) => weights[i] = value * 1.5);
        const [y, dx, dw] = [tokens * rows, x.length, weights.length].map((n) =>
          new Float32Array(n).fill(NaN)
        ) as [Floats, Floats, Floats]; // three were made
        layer.refresh(weights, bias);
        layer.forward(x, y);
        layer.byInput(dy, dx);
        layer.byWeight(dy, x, dw);
        const wanted = denseProducts(weights, bias, x, dy, mask);
        assertClose(y, wanted.y, `${what} forward`);
        assertClose(dx, wanted.dx, `${what} byInput`);
        assertClose(dw, wanted.dw, `${what} byWeight`);
      }
    }
  }
}

for (const target of kernelSupport().targets) {
  Deno.test(`freeze() gives layers whose products are those of dense ones on ${target}`, () => {
    checkTarget(target);
  });
}

Deno.test("freeze() leaves dense what is not sparse enough, does not fit panels, or is wanted whole", () => {
  const target = kernelSupport().targets[0]!;
  const table = openFrozenTable({ target, threads: 1 });
  const dense = (rows: number, cols: number, keep: number, wanted: "all" | "kept") => {
    const kept = Uint8Array.from({ length: rows * cols }, () => Number(random.next() < keep));
    const weight = { dataId: {}, shape: [rows, cols], dtype: "float32" as const };
    using frozen = table.freeze([{ name: "w", weight, mask: { rows, cols, kept } }], wanted);
    const { products } = frozen.uses[0]!;
    return [products.forward, products.byInput, products.byWeight];
  };
  assertEquals(dense(32, 32, 0.1, "kept"), ["sparse", "sparse", "sparse"]);
  assertEquals(dense(32, 32, 0.1, "all"), ["sparse", "sparse", "dense"]);
  assertEquals(dense(32, 32, 0.4, "kept"), ["sparse", "sparse", "dense"]);
  assertEquals(dense(32, 32, 0.7, "kept"), ["dense", "dense", "dense"]);
  assertEquals(dense(18, 32, 0.1, "kept"), ["dense", "dense", "dense"]);
});

Deno.test("freeze() has linear layers and their gradients skip zeros, until it is disposed", async () => {
  using machine = await openTraining({ threads: 2 });
  const { heap, ops: { tf } } = machine;
  const [rows, cols, tokens] = [64, 32, 128];
  const weights = drawSparse(rows, cols, [4, 1]);
  const mask = maskOf(weights, rows, cols);
  const derive = () =>
    tf.tidy(() => {
      const [x, w, b] = leaves;
      const { value, grads } = tf.engine().gradients(
        () => tf.sum(tf.square(runOwn(tf, "Linear", { x: x!, weight: w!, bias: b! }))).asScalar(),
        leaves,
      );
      return [value, ...grads].map((tensor) => heap.float32(tensor).slice());
    });
  const leaves = [
    tf.tensor(draw(tokens * cols), [tokens, cols]),
    tf.tensor(weights, [rows, cols]),
    tf.tensor(draw(rows), [rows]),
  ];
  const [value, dx, dw, db] = derive();
  {
    using frozen = machine.freeze([{ name: "w", weight: leaves[1]!, mask }], "kept");
    assertEquals(frozen.uses[0]!.name, "w");
    const [sparseValue, sparseDx, sparseDw, sparseDb] = derive();
    assertClose(sparseValue!, value!, "loss");
    assertClose(sparseDx!, dx!, "dx");
    assertClose(sparseDw!, dw!.map((gradient, i) => gradient * mask.kept[i]!), "dw");
    assertClose(sparseDb!, db!, "db");
    assert(sparseDw!.some((gradient, i) => gradient !== dw![i]));
  }
  assertEquals(derive(), [value, dx, dw, db]);
  tf.dispose(leaves);
});
