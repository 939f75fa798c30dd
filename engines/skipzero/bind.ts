/**
 * From tensors to the arena and back: the parts of an inference that are not emitted code.
 *
 * @module
 */
import { sizeOf, type Tensor, type TensorOf } from "../../core/mod.ts";
import type { AttentionMask, MaskStep } from "./layers.ts";

/** Integers of an id input as numbers: the low words, since ids fit 32 bits. */
export function lowWords(tensor: Tensor): Int32Array {
  if (tensor.dtype === "int32") return tensor.data;
  if (tensor.dtype !== "int64") return Int32Array.from(tensor.data, Number);
  const words = new Int32Array(
    tensor.data.buffer,
    tensor.data.byteOffset,
    2 * tensor.data.length,
  );
  const low = new Int32Array(tensor.data.length);
  for (let i = 0; i < low.length; i++) {
    low[i] = words[2 * i] ?? 0;
    // A high word that is not the sign of the low one is an id beyond 32 bits; -1 fails every range check.
    if (words[2 * i + 1] !== (low[i] ?? 0) >> 31) low[i] = -1;
  }
  return low;
}

/**
 * Writes the byte offset of each id's row.
 *
 * @param ids `batch × sequence`.
 * @param to One offset a lane; lanes of no token keep row 0.
 * @param laneOf The first lane of an item.
 * @throws {RangeError} If an id is outside the table.
 */
export function writeRowOffsets(
  ids: Int32Array,
  sequence: number,
  to: Uint32Array,
  laneOf: (item: number) => number,
  table: { readonly name: string; readonly entries: number; readonly rowBytes: number },
): void {
  for (let i = 0, item = 0; item * sequence < ids.length; item++) {
    const first = laneOf(item);
    for (let token = 0; token < sequence; token++, i++) {
      const id = ids[i] ?? -1;
      if (id < 0 || id >= table.entries) {
        throw new RangeError(
          `Cannot look up "${table.name}": id ${id} of token ${token} in item ${item}, expected 0 to ${
            table.entries - 1
          }`,
        );
      }
      to[first + token] = id * table.rowBytes;
    }
  }
}

/** Writes the number that is added to the scores of each key: `batch × sequence` in, one a lane out. */
export function writeMask(
  mask: AttentionMask,
  values: Int32Array | Float32Array,
  sequence: number,
  to: Float32Array,
  laneOf: (item: number) => number,
): void {
  for (let i = 0; i < values.length; i++) {
    const at = laneOf(Math.floor(i / sequence)) + i % sequence;
    to[at] = mask.steps.reduce(applyStep, values[i] ?? 0);
  }
}

function applyStep(x: number, { op, constant, reversed }: MaskStep): number {
  const [a, b] = reversed ? [constant, x] : [x, constant];
  switch (op) {
    case "add":
      return a + b;
    case "subtract":
      return a - b;
    case "multiply":
      return a * b;
    case "divide":
      return a / b;
  }
}

/**
 * Reads rows of a panelled value into a tensor.
 *
 * @param panels `panels × stride` float32; row `r`, lane `l` of panel `p` is at `p·stride + r·lanes + l`.
 */
export function readRows(
  panels: Float32Array,
  shape: readonly number[],
  layout: {
    readonly lanes: number;
    readonly stride: number;
    readonly row: number;
    readonly rows: number;
    readonly items: number;
    /** Lanes of an item. */
    readonly count: number;
    /** Its first lane, counted over all panels. */
    readonly laneOf: (item: number) => number;
  },
): TensorOf<"float32"> {
  const { lanes, stride, row, rows, items, count, laneOf } = layout;
  const data = new Float32Array(sizeOf(shape));
  let i = 0;
  for (let item = 0; item < items; item++) {
    const first = laneOf(item);
    for (let lane = first; lane < first + count; lane++) {
      const base = Math.floor(lane / lanes) * stride + row * lanes + lane % lanes;
      for (let r = 0; r < rows; r++) data[i++] = panels[base + r * lanes] ?? NaN;
    }
  }
  return { dtype: "float32", shape, data };
}
