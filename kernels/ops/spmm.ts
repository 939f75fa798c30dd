/**
 * Sparse matrix times panels: `y = post(W · x + bias (+ residual))`, float32, lanes = tokens.
 *
 * Idea: of W, R×1 columns are stored (see `formats/packed_weights.ts`). For each row block, a tile of R rows by V vectors
 * starts as the bias; each stored column loads V vectors of the one activation row that it meets and multiplies them
 * with its R weights; then the post-op runs on the registers and the tile is stored once. The loop is driven by data: an
 * offset and R weights a column, the same code for every matrix, so code stays in the instruction cache.
 *
 * Layout: x and y are panels (see `panel.ts`). Panels are the outer loop and row blocks the next, so that the x panel
 * stays in the second-level cache and the weights of a row block stay in the first-level cache over the column steps of
 * a panel.
 *
 * Cost: a column takes R * V multiply-adds, R + V + 1 loads; a row block besides R * V bias and post-op operations and
 * one mispredicted loop end, ~20 cycles.
 *
 * Limits: with R = 4 and more the multiply-add units; with R = 1 the two loads a cycle (V = 4: 6 loads for 4
 * multiply-adds) and, once K * P * 4 bytes outgrow the first-level cache, the bandwidth of the second.
 *
 * @module
 */
import { formatPattern, type Pattern } from "../../core/mod.ts";
import type { Target } from "../machine.ts";
import { defineOp, type Op } from "./op.ts";
import { checkPanelLanes, PANEL_LANES, rowBytes } from "./panel.ts";
import type { PostOp } from "./post_op.ts";
import { emitSpmm, SPMM_SLOTS, type SpmmShape, type SpmmSlot } from "./spmm_code.ts";
import { LANES, tileOf } from "./tile.ts";

/** Which `spmm` kernel. */
export interface SpmmOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Pattern of the matrix. `dense` is the pattern in which every column is present. */
  readonly pattern: Pattern;
  /** Applied to the sums; default `none`. */
  readonly post?: PostOp;
  /** Whether a residual is added before the post-op; default false. */
  readonly residual?: boolean;
  /** Width P of the panels; default {@linkcode PANEL_LANES}. */
  readonly panelLanes?: number;
}

/** What one call of `spmm` works on. Strides and addresses are bytes; addresses of panels are 64-byte aligned. */
export interface SpmmArguments {
  /** First panel of activations, `cols` rows. */
  readonly x: number;
  /** Bytes from one x panel to the next. */
  readonly xPanelStride: number;
  /** First panel of outputs, `rowBlocks * rowsPerBlock` rows; overwritten. May not overlap x. */
  readonly y: number;
  /** Bytes from one y panel to the next. */
  readonly yPanelStride: number;
  /** First panel of the residual, as many rows as y; may be y itself. Ignored without `residual`. */
  readonly residual?: number;
  /** Bytes from one residual panel to the next. */
  readonly residualPanelStride?: number;
  /** Address of the packed values. */
  readonly values: number;
  /** Address of the packed offsets; 0 if dense. */
  readonly offsets: number;
  /** Address of the packed counts; 0 if dense. */
  readonly counts: number;
  /** Address of `rowBlocks * rowsPerBlock` float32. */
  readonly bias: number;
  /** Columns of the matrix. Only the dense kernel reads it. */
  readonly cols: number;
  /** Row blocks to compute; fewer than the matrix has if all addresses point at the first of a share. */
  readonly rowBlocks: number;
  /** Panels to compute. */
  readonly panels: number;
}

/**
 * The `spmm` kernel of a pattern; for `dense`, the same loop over every column without an offset list.
 *
 * @throws {RangeError} If `panelLanes` is no multiple of 16.
 */
export function spmm(options: SpmmOptions): Op<SpmmArguments> {
  const { target, pattern, post = "none", residual = false, panelLanes = PANEL_LANES } = options;
  checkPanelLanes(panelLanes);
  const tile = tileOf(pattern, target, panelLanes);
  const shape: SpmmShape = {
    dense: pattern.kind === "dense",
    tile,
    post,
    residual,
    row: rowBytes(panelLanes),
    vector: rowBytes(LANES[target]),
    steps: panelLanes / (tile.vectors * LANES[target]),
  };
  const parts = ["spmm_f32", formatPattern(pattern), target];
  if (residual) parts.push("residual");
  if (post !== "none") parts.push(post);
  return defineOp<SpmmSlot, SpmmArguments>({
    id: [...parts, panelLanes].join("_"),
    slots: SPMM_SLOTS,
    derive: (named) => derive(named, tile.rows * shape.row),
    emit: (machine, argument) => emitSpmm(machine, argument, shape),
  });
}

function derive(named: SpmmArguments, blockBytes: number): Record<SpmmSlot, number> {
  const written = named.rowBlocks * blockBytes;
  const { residual = 0, residualPanelStride = written } = named;
  return {
    ...named,
    residual,
    // row blocks leave the pointer behind the last row written
    ySkip: skip("y", named.panels, named.yPanelStride, written),
    residualSkip: skip("residual", named.panels, residualPanelStride, written),
  };
}

function skip(name: string, panels: number, stride: number, written: number): number {
  if (panels > 1 && stride < written) {
    throw new RangeError(
      `Cannot call spmm: ${name} panels are ${stride} bytes apart, expected at least the ${written} that row blocks take`,
    );
  }
  return Math.max(0, stride - written);
}
