/**
 * Element by element: the arithmetic ops, `Cast` and `Gelu`, after the ONNX operator reference.
 *
 * @module
 */
import { stringAttribute } from "./op_specs.ts";
import { broadcastOffsets, type OpReference, present } from "./reference_value.ts";

/** A function of one element. */
export function unary(f: (x: number) => number): OpReference {
  return ({ inputs, outputs: [output] }) => {
    const { dtype, shape } = output!;
    return [{ dtype, shape, data: Float64Array.from(present(inputs, 0).data, f) }];
  };
}

/** A function of two elements, broadcasting; integers are truncated, which only division needs. */
export function binary(f: (a: number, b: number) => number): OpReference {
  return ({ inputs, outputs: [output] }) => {
    const { dtype, shape } = output!;
    const [a, b] = [present(inputs, 0), present(inputs, 1)];
    const [left, right] = [broadcastOffsets(a.shape, shape), broadcastOffsets(b.shape, shape)];
    const data = new Float64Array(left.length);
    for (let i = 0; i < data.length; i++) data[i] = f(a.data[left[i]!]!, b.data[right[i]!]!);
    return [{ dtype, shape, data: dtype === "float32" ? data : data.map(Math.trunc) }];
  };
}

/** `Cast`: to integers towards zero, to bool by comparing with zero. */
export const cast: OpReference = ({ inputs, outputs: [output] }) => {
  const { dtype, shape } = output!;
  const { data } = present(inputs, 0);
  if (dtype === "float32") return [{ dtype, shape, data }];
  const convert = dtype === "bool" ? (x: number) => Number(x !== 0) : Math.trunc;
  return [{ dtype, shape, data: Float64Array.from(data, convert) }];
};

/** `Gelu`: x times the normal distribution's cumulative probability at x, exact or by the tanh approximation. */
export const gelu: OpReference = (call) => {
  const tanh = stringAttribute(call.node, "approximate") === "tanh";
  return unary(tanh ? geluTanh : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)))(call);
};

function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

/**
 * The error function, to double precision: `2/√π · exp(-x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·5···(2n+1))`, whose terms have one sign (Abramowitz and
 * Stegun 7.1.6).
 */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x); // 1 - erf(6) is 2e-17
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}
