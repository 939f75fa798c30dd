/**
 * Reads packed weights back: the stream block by block, as the `spmm` kernel does, and the matrix that went in.
 *
 * @module
 */
import { rowBytes } from "../ops/panel.ts";
import type { PackedWeights } from "./packed_weights.ts";

/** What the stream does not say of itself. */
export interface StreamOptions {
  /** Width P of the panels that it was packed for. */
  readonly panelLanes: number;
  /** Columns of a turn of the tile that it was packed for. */
  readonly unroll: number;
}

/** One row block of one pass. */
export interface StreamBlock {
  /** Pass over the columns, from 0. */
  readonly pass: number;
  /** Columns left over after whole turns. */
  readonly remainder: number;
  /** First row of the block. */
  readonly firstRow: number;
  /** Turns of the inner loop. */
  readonly turns: number;
  /** R biases in the first pass, else none. */
  readonly biases: readonly number[];
  /** Column, then its R weights. */
  readonly columns: readonly (readonly number[])[];
}

/**
 * The blocks of a sparse matrix, in the order in which the kernel takes them.
 *
 * @throws {RangeError} If the stream has more or fewer words than its blocks, since it was packed for another tile.
 */
export function readBlocks(packed: PackedWeights, options: StreamOptions): StreamBlock[] {
  const { stream, passes, passCols, rowsPerBlock } = packed;
  const { unroll, panelLanes } = options;
  const row = rowBytes(panelLanes);
  const floats = new Float32Array(stream.buffer, stream.byteOffset, stream.length);
  const blocks: StreamBlock[] = [];
  let at = 0;
  const take = (): number => at < stream.length ? stream[at++]! : fail(packed, options);
  const takeFloats = (): number[] => Array.from({ length: rowsPerBlock }, () => floats[at++] ?? 0);
  for (let pass = 0; pass < passes; pass++) {
    for (let remainder = 0; remainder < unroll; remainder++) {
      for (let left = take(); left > 0; left--) {
        const [firstRow, turns] = [take() / row, take()];
        const biases = pass === 0 ? takeFloats() : [];
        const columns: number[][] = [];
        for (let i = 0; i < turns * unroll + remainder; i++) {
          columns.push([pass * passCols + take() / row, ...takeFloats()]);
        }
        blocks.push({ pass, remainder, firstRow, turns, biases, columns });
      }
    }
  }
  return at === stream.length ? blocks : fail(packed, options);
}

/**
 * The row-major `rows × cols` matrix that was packed.
 *
 * @throws {RangeError} If the stream was packed for another tile.
 */
export function unpackWeights(
  packed: PackedWeights,
  options: StreamOptions,
): Float32Array<ArrayBuffer> {
  const { rows, cols, rowsPerBlock, pattern, stream } = packed;
  const weights = new Float32Array(rows * cols);
  if (pattern.kind === "dense") {
    const floats = new Float32Array(stream.buffer, stream.byteOffset, stream.length);
    return weights.map((_, i) => {
      const [row, col] = [Math.floor(i / cols), i % cols];
      const block = Math.floor(row / rowsPerBlock);
      return floats[(block * (1 + cols) + 1 + col) * rowsPerBlock + row % rowsPerBlock]!;
    });
  }
  for (const { firstRow, columns } of readBlocks(packed, options)) {
    for (const [col, ...values] of columns) {
      values.slice(0, rows - firstRow).forEach((value, r) => {
        weights[(firstRow + r) * cols + col!] = value;
      });
    }
  }
  return weights;
}

function fail({ rows, cols }: PackedWeights, { unroll, panelLanes }: StreamOptions): never {
  throw new RangeError(
    `Cannot read the packed ${rows}x${cols} weights: their stream does not end with a block, ` +
      `expected one packed for turns of ${unroll} and panels of ${panelLanes}`,
  );
}
