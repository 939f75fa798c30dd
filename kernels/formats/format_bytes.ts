/**
 * How many bytes each format takes to store a matrix, over patterns and sparsities.
 *
 * @module
 */
import {
  applyMask,
  createRandom,
  drawMask,
  formatPattern,
  type Pattern,
  sparsityOfPattern,
  unitOf,
} from "../../core/mod.ts";
import { tileOf } from "../ops/tile.ts";
import { type Csr, csrOfDense, denseOfCsr } from "./csr.ts";
import { fullestGroup } from "./n_of_m.ts";
import { packWeights } from "./packed_weights.ts";
import { convert, type FormatSpec, type StoredBytes, storedBytes } from "./sparse_matrix.ts";

/** Bytes of one matrix in one format. */
export interface FormatBytes {
  /** Name of the format: `dense`, `coo`, `csr`, `csc`, `bsr`, `ell`, `bitmap`, `n_of_m`, or `skipzero` for ours. */
  readonly format: string;
  /** What the format was told, e.g. `4x1` blocks or `3:16`; empty if there is nothing to tell. */
  readonly detail: string;
  /** Name of the pattern of the zeros. */
  readonly pattern: string;
  /** Fraction of zeros, 0 to 1, as drawn. */
  readonly sparsity: number;
  /** Bytes of values, indices, and both. */
  readonly bytes: StoredBytes;
  /** Bytes of the matrix with every weight stored. */
  readonly denseBytes: number;
}

/** Which matrices are stored. */
export interface FormatBytesOptions {
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** Pattern of the zeros. */
  readonly pattern: Pattern;
  /** Fractions of zeros, 0 to 1; a pattern that decides its own is drawn once, at that. */
  readonly sparsities: readonly number[];
  /** Decides the masks. */
  readonly seed?: number | string;
}

/** Neighbours of a group in the N:M format: the most whose places fit half a byte. */
const GROUP = 16;

/** Panels of the widest kernel: the tile decides how many rows share an index, and the padding of the last. */
const PANEL_LANES = 64;

/**
 * Stores one drawn matrix a sparsity in every format that can hold it, and counts what lies in memory.
 *
 * Values are float32; indices are as `storedBytes` says. BSR has the blocks of the pattern, or 4x1 where it has none, to
 * show what blocks cost where zeros are anywhere; N:M has groups of 16 with as many places as the fullest needs.
 *
 * @returns Row after row, all formats of a sparsity together.
 * @throws {RangeError} If the matrix does not divide by the pattern.
 */
export function formatBytes(options: FormatBytesOptions): FormatBytes[] {
  const { rows, cols, pattern, seed = 1 } = options;
  const decided = sparsityOfPattern(pattern);
  const sparsities = decided === null ? options.sparsities : [decided];
  const random = createRandom(`${typeof seed} ${seed}`);
  return sparsities.flatMap((wanted) => {
    const weights = new Float32Array(rows * cols).fill(1);
    applyMask(weights, drawMask(random, rows, cols, pattern, wanted));
    const csr = csrOfDense(weights, rows, cols);
    const row = {
      pattern: formatPattern(pattern),
      sparsity: 1 - csr.values.length / Math.max(1, weights.length),
      denseBytes: weights.byteLength,
    };
    const { detail, bytes } = ownBytes(csr, pattern);
    return [
      ...specsFor(csr, pattern).map((spec): FormatBytes => ({
        ...row,
        format: spec.format,
        detail: detailOf(spec),
        bytes: storedBytes(convert(csr, spec)),
      })),
      { ...row, format: "skipzero", detail, bytes },
    ];
  });
}

function specsFor(csr: Csr, pattern: Pattern): FormatSpec[] {
  const unit = unitOf(pattern);
  const block = unit.rows * unit.cols > 1 ? unit : { rows: 4, cols: 1 };
  const simple = ["dense", "coo", "csr", "csc", "ell", "bitmap"] as const;
  return [
    ...simple.map((format): FormatSpec => ({ format })),
    ...csr.rows % block.rows === 0 && csr.cols % block.cols === 0
      ? [{ format: "bsr", blockRows: block.rows, blockCols: block.cols } as const]
      : [],
    ...csr.cols % GROUP === 0
      ? [{ format: "n_of_m", n: fullestGroup(csr, GROUP), m: GROUP } as const]
      : [],
  ];
}

function detailOf(spec: FormatSpec): string {
  if (spec.format === "bsr") return `${spec.blockRows}x${spec.blockCols}`;
  return spec.format === "n_of_m" ? `${spec.n}:${spec.m}` : "";
}

/** Bytes of the weights as the AVX-512 panel kernel reads them. */
function ownBytes(csr: Csr, pattern: Pattern): { detail: string; bytes: StoredBytes } {
  const tile = tileOf(pattern, "avx512", PANEL_LANES);
  const options = { panelLanes: PANEL_LANES, target: "avx512" } as const;
  const packed = packWeights(denseOfCsr(csr), csr.rows, csr.cols, pattern, options);
  const [values, total] = [4 * packed.stored, packed.stream.byteLength];
  return { detail: `${tile.rows}x1`, bytes: { values, indices: total - values, total } };
}
