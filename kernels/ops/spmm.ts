/**
 * Sparse matrix times panels: `y = post(W · x + bias (+ residual))`, float32, lanes = tokens.
 *
 * Idea: of W, R×1 columns are stored (see `formats/packed_weights.ts`). For each row block, a tile of R rows by V vectors
 * starts as the bias; each stored column loads V vectors of the one activation row that it meets and multiplies them
 * with its R weights; then the post-op runs on the registers and the tile is stored. The loop is driven by data: an
 * offset and R weights a column, the same code for every matrix, so code stays in the instruction cache.
 *
 * Layout: x and y are panels (see `panel.ts`). Panels are the outer loop, passes over the columns the next, row blocks the
 * third. With one pass a tile is stored once. With several, the activations of a pass stay in the first-level cache while
 * all row blocks meet them, and tiles are loaded and stored again in each pass. Weights are read from front to back, once
 * a panel. Meanwhile the next panels of x and y are prefetched, a line at a time.
 *
 * Cost: a column takes R * V multiply-adds and R + V + 1 loads; a row block of a pass besides 2 * R * V loads and stores.
 * Row blocks are sorted by their columns, so loop ends are foreseen.
 *
 * Limits, with the fraction of the multiply-add peak on non-zeros that a Xeon with AVX-512 reached (1024 × 1024, 384 lanes,
 * one thread, caches shared with others in the race): R = 4 and more multiplies 0.85 to 0.90 of the time at 70 to 90 %
 * zeros, 0.95 in a single panel: what is missing is the second level's bandwidth; at 95 % zeros 0.76 to 0.81, since x
 * and y come from and go to the third level. R = 2 reaches 0.82 to 0.86 at 70 % zeros; tiles are loaded and stored
 * in every pass. R = 1 reaches 0.63 at 50 %, 0.52 at 90 % and 0.44 at 95 % zeros: 6 loads for 4 multiply-adds, two loads
 * a cycle, leave 0.67 (activations from the second level would leave 0.35). Panels of 16 lanes read each weight once,
 * at what the third level gives.
 *
 * A Zen 4, whose 512-bit loads and multiply-adds are one a cycle each, reaches at 1024 × 1024, 384 lanes: R = 4 0.95 at 80 %
 * zeros; R = 2 0.94 at 70 % and 0.83 at 90 % with 8 passes (0.81 and 0.69 with one); R = 1 0.67 at 70 % and 0.49 at 90 %.
 * Passes of 32 KiB are best there, too, though they fill its first level.
 *
 * @module
 */
import { formatPattern, type Pattern } from "../../core/mod.ts";
import type { PackedWeights } from "../formats/packed_weights.ts";
import type { Target } from "../machine.ts";
import { defineOp, type Op } from "./op.ts";
import { checkPanelLanes, PANEL_LANES, panelBytes, rowBytes } from "./panel.ts";
import type { PostOp } from "./post_op.ts";
import { emitSpmm, prefetchesByTurn } from "./spmm_code.ts";
import { SPMM_SLOTS, type SpmmShape, type SpmmSlot } from "./spmm_tile.ts";
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
  /** Whether the weights are packed for more than one pass; default false. */
  readonly severalPasses?: boolean;
}

/** What one call of `spmm` works on. Strides and addresses are bytes; addresses of panels are 64-byte aligned. */
export interface SpmmArguments {
  /** First panel of activations, `cols` rows. */
  readonly x: number;
  /** Bytes from one x panel to the next. */
  readonly xPanelStride: number;
  /** First panel of outputs, `rowBlocks * rowsPerBlock` rows, which every pass goes on with. May not overlap x. */
  readonly y: number;
  /** Bytes from one y panel to the next. */
  readonly yPanelStride: number;
  /** First panel of the residual, as many rows as y; may be y itself. Ignored without `residual`. */
  readonly residual?: number;
  /** Bytes from one residual panel to the next. */
  readonly residualPanelStride?: number;
  /** Address of the packed stream. */
  readonly weights: number;
  /** What is in the stream. */
  readonly packed: Pick<
    PackedWeights,
    "cols" | "rowBlocks" | "rowsPerBlock" | "passes" | "passCols" | "turns"
  >;
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
  const { severalPasses = false } = options;
  checkPanelLanes(panelLanes);
  const tile = tileOf(pattern, target, panelLanes);
  const shape: SpmmShape = {
    dense: pattern.kind === "dense",
    severalPasses,
    tile,
    post,
    residual,
    row: rowBytes(panelLanes),
    vector: rowBytes(LANES[target]),
    steps: panelLanes / (tile.vectors * LANES[target]),
  };
  const parts = ["spmm_f32", formatPattern(pattern), target];
  if (severalPasses) parts.push("passes");
  if (residual) parts.push("residual");
  if (post !== "none") parts.push(post);
  const id = [...parts, panelLanes].join("_");
  return defineOp<SpmmSlot, SpmmArguments>({
    id,
    slots: SPMM_SLOTS,
    derive: (named) => {
      if (named.packed.passes > 1 !== severalPasses || named.packed.rowsPerBlock !== tile.rows) {
        throw new RangeError(
          `Cannot call ${id}: weights are packed for ${named.packed.passes} passes of ${named.packed.rowsPerBlock} rows, ` +
            `expected ${severalPasses ? "several passes" : "1 pass"} of ${tile.rows} rows`,
        );
      }
      return derive(named, panelLanes);
    },
    emit: (machine, argument) => emitSpmm(machine, argument, shape),
  });
}

function derive(named: SpmmArguments, panelLanes: number): Record<SpmmSlot, number> {
  const { packed, xPanelStride, yPanelStride, panels, residual = 0 } = named;
  const passBytes = panelBytes(packed.passCols, panelLanes);
  const read = panelBytes(packed.cols, panelLanes);
  const written = panelBytes(packed.rowBlocks * packed.rowsPerBlock, panelLanes);
  const residualPanelStride = named.residualPanelStride ?? written;
  for (
    const [name, stride, least] of [
      ["x", xPanelStride, read],
      ["y", yPanelStride, written],
      ["residual", residualPanelStride, written],
    ] as const
  ) {
    if (panels > 1 && stride < least) {
      throw new RangeError(
        `Cannot call spmm: ${name} panels are ${stride} bytes apart, expected at least the ${least} that a panel takes`,
      );
    }
  }
  return {
    x: named.x,
    xPanelStride,
    // the last pass leaves x at its own first column
    xSkip: Math.max(0, xPanelStride - (packed.passes - 1) * passBytes),
    y: named.y,
    yPanelStride,
    residual,
    residualPanelStride,
    weights: named.weights,
    cols: packed.cols,
    rowBlocks: packed.rowBlocks,
    passBytes,
    middlePasses: Math.max(0, packed.passes - 2),
    prefetchBytes: prefetchBytes(named, read + written),
    panels,
  };
}

// beyond this, the next panel will not be in the second-level cache by itself
const CACHED_BYTES = 2 ** 20;

/** How far to go on in the next panels with each turn, so that they have been prefetched when this one is done. */
function prefetchBytes(named: SpmmArguments, panelSize: number): number {
  const { packed, panels, xPanelStride, yPanelStride } = named;
  if (panels === 1 || panels * panelSize <= CACHED_BYTES) return 0;
  const turns = prefetchesByTurn(packed.rowsPerBlock)
    ? packed.turns
    : packed.rowBlocks * packed.passes;
  return Math.ceil(Math.max(xPanelStride, yPanelStride) / Math.max(1, turns));
}
