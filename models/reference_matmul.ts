/**
 * Matrix products of the reference.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { numberAttribute } from "./op_specs.ts";
import { transposeMatrix } from "./reference_layout.ts";
import { broadcastOffsets, type Numbers, type OpReference, present } from "./reference_value.ts";

/** A matrix inside a larger array. */
interface Block {
  readonly data: Numbers;
  /** Index of the first element. */
  readonly start: number;
}

/**
 * `y += a · b` for row-major matrices. Rows of b stream through, four at a time, so that a row of y is loaded and stored once
 * for four products.
 */
function accumulateProduct(
  y: { readonly data: Float64Array; readonly start: number },
  a: Block,
  b: Block,
  [m, k, n]: readonly [m: number, k: number, n: number],
): void {
  const [values, weights, sums] = [a.data, b.data, y.data];
  for (let i = 0; i < m; i++) {
    const row = y.start + i * n;
    let p = 0;
    for (; p + 4 <= k; p += 4) {
      const at = a.start + i * k + p;
      const [a0, a1, a2, a3] = [values[at]!, values[at + 1]!, values[at + 2]!, values[at + 3]!];
      const b0 = b.start + p * n;
      const [b1, b2, b3] = [b0 + n, b0 + 2 * n, b0 + 3 * n];
      for (let j = 0; j < n; j++) {
        sums[row + j]! += a0 * weights[b0 + j]! + a1 * weights[b1 + j]! +
          a2 * weights[b2 + j]! + a3 * weights[b3 + j]!;
      }
    }
    for (; p < k; p++) {
      const value = values[a.start + i * k + p]!;
      for (let j = 0; j < n; j++) sums[row + j]! += value * weights[b.start + p * n + j]!;
    }
  }
}

/** `MatMul`: a product for every index of the leading axes, which broadcast. */
export const matMul: OpReference = ({ inputs, outputs: [output] }) => {
  const [a, b] = [present(inputs, 0), present(inputs, 1)];
  const { dtype, shape } = output!;
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const data = new Float64Array(sizeOf(shape));
  const batch = shape.slice(0, -2);
  const starts = broadcastOffsets(a.shape.slice(0, -2), batch);
  const weightStarts = broadcastOffsets(b.shape.slice(0, -2), batch);
  for (let i = 0; i < starts.length; i++) {
    accumulateProduct(
      { data, start: i * m * n },
      { data: a.data, start: starts[i]! * m * k },
      { data: b.data, start: weightStarts[i]! * k * n },
      [m, k, n],
    );
  }
  return [{ dtype, shape, data }];
};

/** `Gemm`: `alpha · A · B + beta · C`, A and B transposed on demand. */
export const gemm: OpReference = ({ node, inputs, outputs: [output] }) => {
  const { dtype, shape } = output!;
  const operand = (position: number, attribute: string) => {
    const matrix = present(inputs, position);
    return numberAttribute(node, attribute) ? transposeMatrix(matrix) : matrix;
  };
  const [a, b] = [operand(0, "transA"), operand(1, "transB")];
  const data = new Float64Array(sizeOf(shape));
  const sizes = [shape[0]!, a.shape[1]!, shape[1]!] as const;
  accumulateProduct(
    { data, start: 0 },
    { data: a.data, start: 0 },
    { data: b.data, start: 0 },
    sizes,
  );
  const [alpha, beta] = [numberAttribute(node, "alpha"), numberAttribute(node, "beta")];
  const c = inputs[2];
  const offsets = c && broadcastOffsets(c.shape, shape);
  for (let i = 0; i < data.length; i++) {
    data[i] = alpha * data[i]! + (c && offsets ? beta * c.data[offsets[i]!]! : 0);
  }
  return [{ dtype, shape, data }];
};
