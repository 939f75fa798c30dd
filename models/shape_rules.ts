/**
 * What each operator makes of its inputs' element types and sizes, after the ONNX operator reference.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import type { Node, Op, ValueInfo } from "./graph.ts";
import { dtypeOfOnnx } from "./onnx_dtypes.ts";
import { intsAttribute, numberAttribute, stringAttribute } from "./op_specs.ts";
import { spatialWindow } from "./spatial.ts";

/** Element type and sizes of one value. */
export type ValueType = Pick<ValueInfo, "dtype" | "shape">;

/** What an op's rule may look at. */
export interface Site {
  readonly node: Node;
  /** Types of the inputs that are present, by position. */
  readonly types: readonly (ValueType | null)[];
  /** The integers of a constant input, or `null` if that input is absent. */
  integers(position: number): readonly number[] | null;
}

/** What an op makes of a site. */
export type Rule = (site: Site) => ValueType | readonly ValueType[];

/** Throws in the name of a node. */
export function refuse(node: Node, found: string, expected: string): never {
  throw new RangeError(message(node, found, expected));
}

function refuseType(node: Node, found: string, expected: string): never {
  throw new TypeError(message(node, found, expected));
}

function message(node: Node, found: string, expected: string): string {
  return `Cannot infer shapes of node "${node.name}" (${node.op}): ${found}, expected ${expected}`;
}

function required({ node, types }: Site, position: number): ValueType {
  return types[position] ?? refuse(node, `input ${position} is absent`, "a value");
}

function floatInput(site: Site, position: number): ValueType {
  const type = required(site, position);
  if (type.dtype !== "float32") {
    refuseType(site.node, `input ${position} is ${type.dtype}`, "float32");
  }
  return type;
}

/** A normalised axis: negative ones count from the end. */
export function normaliseAxis(node: Node, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(normal) || normal < 0 || normal >= rank) {
    refuse(node, `axis ${axis} of rank ${rank}`, `an axis from ${-rank} to ${rank - 1}`);
  }
  return normal;
}

/**
 * The shape that two shapes broadcast to, after NumPy's rules, or `null` if they do not fit.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(broadcastShapes([8, 1, 4], [5, 1]), [8, 5, 4]);
 * assertEquals(broadcastShapes([3], [4]), null);
 * ```
 */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return null;
    shape.push(x === 1 ? y : x);
  }
  return shape;
}

/** Sizes of an input of images. */
function images(site: Site): readonly [n: number, c: number, h: number, w: number] {
  const { shape } = floatInput(site, 0);
  const [n, c, h, w, ...rest] = shape;
  if (n === undefined || c === undefined || h === undefined || w === undefined || rest.length > 0) {
    return refuse(site.node, `images of [${shape}]`, "[N, C, H, W]");
  }
  return [n, c, h, w];
}

function conv(site: Site): ValueType {
  const [n, channels, height, width] = images(site);
  const { shape: weights } = floatInput(site, 1);
  const groups = numberAttribute(site.node, "group");
  const [outputs, groupChannels] = weights;
  if (weights.length !== 4 || groupChannels! * groups !== channels || outputs! % groups !== 0) {
    refuse(
      site.node,
      `weights of [${weights}] in ${groups} groups`,
      `[OC, ${channels / groups}, KH, KW] with OC a multiple of the groups`,
    );
  }
  const bias = site.types[2] ? floatInput(site, 2).shape : null;
  if (bias !== null && bias.join() !== `${outputs}`) {
    refuse(site.node, `a bias of [${bias}]`, `[${outputs}]`);
  }
  const { output } = spatialWindow(site.node, [height, width], weights.slice(2));
  return { dtype: "float32", shape: [n, outputs!, ...output] };
}

function pool(site: Site): ValueType {
  const [n, channels, height, width] = images(site);
  const { output } = spatialWindow(site.node, [height, width]);
  return { dtype: "float32", shape: [n, channels, ...output] };
}

function globalPool(site: Site): ValueType {
  const [n, channels] = images(site);
  return { dtype: "float32", shape: [n, channels, 1, 1] };
}

function batchNormalization(site: Site): ValueType {
  const { dtype, shape } = floatInput(site, 0);
  for (const position of [1, 2, 3, 4]) {
    const each = floatInput(site, position).shape;
    if (each.join() !== `${shape[1]}`) {
      refuse(site.node, `input ${position} of [${each}]`, `[${shape[1]}], one for each channel`);
    }
  }
  if (numberAttribute(site.node, "training_mode") !== 0) {
    refuse(site.node, "training_mode 1", "0: training is not part of the graph");
  }
  return { dtype, shape };
}

function sameFloat(site: Site): ValueType {
  return floatInput(site, 0);
}

function elementwise(site: Site): ValueType {
  const [a, b] = [required(site, 0), required(site, 1)];
  if (a.dtype !== b.dtype || a.dtype === "bool") {
    refuseType(site.node, `inputs are ${a.dtype} and ${b.dtype}`, "equal numeric types");
  }
  return { dtype: a.dtype, shape: broadcast(site.node, a.shape, b.shape) };
}

function broadcast(node: Node, a: readonly number[], b: readonly number[]): number[] {
  return broadcastShapes(a, b) ?? refuse(node, `[${a}] and [${b}]`, "shapes that broadcast");
}

function cast(site: Site): ValueType {
  const to = numberAttribute(site.node, "to");
  const dtype = dtypeOfOnnx(to) ?? refuseType(site.node, `to is ${to}`, "an element type");
  return { dtype, shape: required(site, 0).shape };
}

function gather(site: Site): ValueType {
  const [data, indices] = [required(site, 0), required(site, 1)];
  if (indices.dtype !== "int64" && indices.dtype !== "int32") {
    refuseType(site.node, `indices are ${indices.dtype}`, "int64 or int32");
  }
  const axis = normaliseAxis(site.node, numberAttribute(site.node, "axis"), data.shape.length);
  const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
  return { dtype: data.dtype, shape };
}

function gemm(site: Site): ValueType {
  const [a, b] = [floatInput(site, 0).shape, floatInput(site, 1).shape];
  if (a.length !== 2 || b.length !== 2) {
    refuse(site.node, `[${a}] and [${b}]`, "two matrices");
  }
  const [m, k] = numberAttribute(site.node, "transA") ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [inner, n] = numberAttribute(site.node, "transB") ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  if (inner !== k) refuse(site.node, `[${a}] times [${b}]`, "equal inner sizes");
  const c = site.types[2] ? floatInput(site, 2).shape : [];
  if (broadcast(site.node, c, [m, n]).join() !== [m, n].join()) {
    refuse(site.node, `a C of [${c}]`, `one that broadcasts to [${[m, n]}]`);
  }
  return { dtype: "float32", shape: [m, n] };
}

function layerNormalization(site: Site): ValueType {
  const { dtype, shape } = floatInput(site, 0);
  const axis = normaliseAxis(site.node, numberAttribute(site.node, "axis"), shape.length);
  for (const position of [1, 2]) {
    if (!site.types[position]) continue;
    const each = floatInput(site, position).shape;
    if (each.join() !== shape.slice(axis).join()) {
      refuse(site.node, `input ${position} of [${each}]`, `[${shape.slice(axis)}]`);
    }
  }
  return { dtype, shape };
}

function matMul(site: Site): ValueType {
  const [a, b] = [floatInput(site, 0).shape, floatInput(site, 1).shape];
  if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) {
    refuse(site.node, `[${a}] times [${b}]`, "matrices with equal inner sizes");
  }
  const batch = broadcast(site.node, a.slice(0, -2), b.slice(0, -2));
  return { dtype: "float32", shape: [...batch, a.at(-2)!, b.at(-1)!] };
}

function reshape(site: Site): ValueType {
  const { dtype, shape } = required(site, 0);
  const wanted = site.integers(1) ?? refuse(site.node, "no shape", "one");
  const keepZero = numberAttribute(site.node, "allowzero") !== 0;
  const sizes = wanted.map((size, i) => size === 0 && !keepZero ? shape[i] ?? 0 : size);
  const known = sizeOf(sizes.filter((size) => size !== -1));
  const result = sizes.map((size) => size === -1 ? sizeOf(shape) / known : size);
  const whole = result.every((size) => Number.isInteger(size) && size >= 0);
  if (sizeOf(result) !== sizeOf(shape) || !whole || wanted.indexOf(-1) !== wanted.lastIndexOf(-1)) {
    refuse(site.node, `[${shape}] to [${wanted}]`, `${sizeOf(shape)} elements`);
  }
  return { dtype, shape: result };
}

function gelu(site: Site): ValueType {
  const approximate = stringAttribute(site.node, "approximate");
  if (approximate !== "none" && approximate !== "tanh") {
    refuse(site.node, `approximate is "${approximate}"`, '"none" or "tanh"');
  }
  return floatInput(site, 0);
}

function softmax(site: Site): ValueType {
  const type = floatInput(site, 0);
  normaliseAxis(site.node, numberAttribute(site.node, "axis"), type.shape.length);
  return type;
}

/** The sizes of a `Split`'s parts along its axis of `size` elements. */
function splitSizes(site: Site, size: number): readonly number[] {
  const sizes = site.integers(1);
  if (sizes !== null) return sizes;
  const parts = numberAttribute(site.node, "num_outputs");
  if (parts !== site.node.outputs.length) {
    refuse(site.node, `num_outputs is ${parts}`, `${site.node.outputs.length}, as it has outputs`);
  }
  const part = Math.ceil(size / parts); // ONNX: equal parts, the last one smaller
  return Array.from({ length: parts }, (_, i) => Math.min(part, size - i * part));
}

function split(site: Site): readonly ValueType[] {
  const { dtype, shape } = required(site, 0);
  const axis = normaliseAxis(site.node, numberAttribute(site.node, "axis"), shape.length);
  const sizes = splitSizes(site, shape[axis]!);
  if (sizes.some((size) => size < 0) || sizes.reduce((a, b) => a + b, 0) !== shape[axis]) {
    refuse(site.node, `parts of [${sizes}]`, `a sum of ${shape[axis]}`);
  }
  return sizes.map((size) => ({ dtype, shape: shape.with(axis, size) }));
}

function squeeze(site: Site): ValueType {
  const { dtype, shape } = required(site, 0);
  const axes = site.integers(1)?.map((axis) => normaliseAxis(site.node, axis, shape.length));
  const gone = (size: number, i: number) => axes === undefined ? size === 1 : axes.includes(i);
  if (shape.some((size, i) => gone(size, i) && size !== 1)) {
    refuse(site.node, `[${shape}] along [${axes}]`, "sizes of 1");
  }
  return { dtype, shape: shape.filter((size, i) => !gone(size, i)) };
}

function unsqueeze(site: Site): ValueType {
  const { dtype, shape } = required(site, 0);
  const given = site.integers(1) ?? [];
  const rank = shape.length + given.length;
  const axes = new Set(given.map((axis) => normaliseAxis(site.node, axis, rank)));
  if (axes.size !== given.length) refuse(site.node, `axes [${given}]`, "different ones");
  const rest = shape.values();
  return {
    dtype,
    shape: Array.from({ length: rank }, (_, i) => axes.has(i) ? 1 : rest.next().value!),
  };
}

function transpose(site: Site): ValueType {
  const { dtype, shape } = required(site, 0);
  const perm = intsAttribute(site.node, "perm") ?? shape.map((_, i) => shape.length - 1 - i);
  if (perm.toSorted((a, b) => a - b).join() !== [...shape.keys()].join()) {
    refuse(site.node, `perm [${perm}]`, `a permutation of ${shape.length} axes`);
  }
  return { dtype, shape: perm.map((axis) => shape[axis]!) };
}

function concat(site: Site): ValueType {
  const first = required(site, 0);
  const axis = normaliseAxis(site.node, numberAttribute(site.node, "axis"), first.shape.length);
  let size = 0;
  for (const position of site.types.keys()) {
    const { dtype, shape } = required(site, position);
    if (dtype !== first.dtype) refuseType(site.node, `input ${position} is ${dtype}`, first.dtype);
    const fits = shape.length === first.shape.length &&
      shape.every((size, i) => i === axis || size === first.shape[i]);
    if (!fits) {
      refuse(
        site.node,
        `[${first.shape}] and [${shape}]`,
        `shapes that differ on axis ${axis} only`,
      );
    }
    size += shape[axis]!;
  }
  return { dtype: first.dtype, shape: first.shape.with(axis, size) };
}

function flatten(site: Site): ValueType {
  const { dtype, shape } = required(site, 0);
  const axis = numberAttribute(site.node, "axis");
  // The axis may lie past the last one, which leaves one column.
  const cut = axis === shape.length ? axis : normaliseAxis(site.node, axis, shape.length);
  return { dtype, shape: [sizeOf(shape.slice(0, cut)), sizeOf(shape.slice(cut))] };
}

/** The rule of every operator. */
export const SHAPE_RULES: Readonly<Record<Op, Rule>> = {
  Add: elementwise,
  AveragePool: pool,
  BatchNormalization: batchNormalization,
  Cast: cast,
  Concat: concat,
  Conv: conv,
  Div: elementwise,
  Exp: sameFloat,
  Flatten: flatten,
  Gather: gather,
  Gelu: gelu,
  Gemm: gemm,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  LayerNormalization: layerNormalization,
  MatMul: matMul,
  MaxPool: pool,
  Mul: elementwise,
  Relu: sameFloat,
  Reshape: reshape,
  Sigmoid: sameFloat,
  Softmax: softmax,
  Split: split,
  Squeeze: squeeze,
  Sub: elementwise,
  Tanh: sameFloat,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
