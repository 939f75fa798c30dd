/**
 * Windows that move over images `[N, C, H, W]`: what `Conv`, `MaxPool` and `AveragePool` have in common, after the ONNX operator
 * reference.
 *
 * @module
 */
import type { Node } from "./graph.ts";
import { intsAttribute, OP_SPECS, stringAttribute } from "./op_specs.ts";

/** A window with its attributes filled in; pairs are vertical, horizontal. */
export interface SpatialWindow {
  /** Height and width of the window. */
  readonly kernel: readonly [number, number];
  /** Pixels from one place to the next. */
  readonly strides: readonly [number, number];
  /** Pixels from one tap to the next. */
  readonly dilations: readonly [number, number];
  /** Cells above, on the left, below and on the right of the image. */
  readonly pads: readonly [top: number, left: number, bottom: number, right: number];
  /** Height and width of the output. */
  readonly output: readonly [number, number];
}

/**
 * The window of a node.
 *
 * @param image Height and width of the input.
 * @param weights Height and width of a `Conv`'s weights; pooling has them in `kernel_shape`.
 * @throws {RangeError} If an attribute has the wrong length or sign, `auto_pad` is used, or the window is larger than the padded
 *   image.
 */
export function spatialWindow(
  node: Node,
  image: readonly number[],
  weights?: readonly number[],
): SpatialWindow {
  const kernel = pair(node, "kernel_shape", weights ?? []);
  if (weights && kernel.join() !== weights.join()) {
    refuse(node, `kernel_shape [${kernel}]`, `[${weights}], the size of the weights`);
  }
  const strides = pair(node, "strides", [1, 1]);
  const dilations = pair(node, "dilations", [1, 1]);
  const pads = intsAttribute(node, "pads") ?? [0, 0, 0, 0];
  if (pads.length !== 4 || pads.some((pad) => pad < 0)) {
    refuse(node, `pads [${pads}]`, "four sizes from 0 up");
  }
  const autoPad = stringAttribute(node, "auto_pad");
  if (autoPad !== "NOTSET") refuse(node, `auto_pad ${autoPad}`, "explicit pads");
  const ceil = "ceil_mode" in OP_SPECS[node.op].attributes &&
    Number(node.attributes["ceil_mode"]?.value ?? 0) !== 0;
  const output = [0, 1].map((axis) => {
    const [before, size, after] = [pads[axis]!, image[axis]!, pads[axis + 2]!];
    const extent = dilations[axis]! * (kernel[axis]! - 1) + 1;
    const room = before + size + after - extent;
    if (room < 0) {
      refuse(node, `a window of ${extent} on ${before + size + after}`, "one that fits");
    }
    if (!ceil) return Math.floor(room / strides[axis]!) + 1;
    const count = Math.ceil(room / strides[axis]!) + 1;
    // a window that begins behind the image is none
    return (count - 1) * strides[axis]! >= before + size ? count - 1 : count;
  });
  return {
    kernel,
    strides,
    dilations,
    pads: [pads[0]!, pads[1]!, pads[2]!, pads[3]!],
    output: [output[0]!, output[1]!],
  };
}

function pair(node: Node, name: string, fallback: readonly number[]): readonly [number, number] {
  const [vertical, horizontal, ...rest] = intsAttribute(node, name) ?? fallback;
  const valid = vertical !== undefined && horizontal !== undefined && rest.length === 0;
  if (!valid || vertical < 1 || horizontal < 1) {
    return refuse(
      node,
      `${name} [${intsAttribute(node, name) ?? fallback}]`,
      "two sizes from 1 up",
    );
  }
  return [vertical, horizontal];
}

function refuse(node: Node, found: string, expected: string): never {
  throw new RangeError(
    `Cannot place window of node "${node.name}" (${node.op}): ${found}, expected ${expected}`,
  );
}
