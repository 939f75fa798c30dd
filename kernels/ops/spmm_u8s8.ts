/**
 * Sparse matrix of signed bytes times panels of unsigned bytes: `sums = W · x + bias` in int32, lanes = tokens, and the
 * sums as they are, as float32, or requantised to unsigned bytes.
 *
 * Idea: as in `spmm.ts` with a quad of 4 inputs in the place of one: for each step of a row block (see
 * `formats/packed_quads.ts`), V vectors of activations, 4 bytes a lane, meet the 4 weights of each of R rows in R * V byte
 * dot products. Weights that come in runs of 4 inputs find their quads in memory; for all others, 4 loads and 8
 * unpack instructions make 4 vectors of quads of any 4 inputs, which the R rows of the block share. The bias holds the
 * correction for the zero point (see `reference/quantized_linear.ts`), so sums are exact and start as the bias. Scaling,
 * ReLU, rounding and saturation happen in registers before the store.
 *
 * Layout: x is a byte panel, `quads` or `rows` as the pattern wants (see `byte_panel.ts`); y is a panel of int32 or
 * float32, or a byte panel of either order. Panels are the outer loop and row blocks the next.
 *
 * Cost: a step takes R * V dot products (4 R V multiply-adds a lane), R loads of weights, V loads of quads; from `rows`
 * 4 loads and 8 unpacks for V = 4, or 4 and 4 for V = 2. Requantisation takes 6 operations a vector of outputs, as much
 * as 6 dot products: a quarter of a row of 100 kept inputs.
 *
 * Limits: with `quads` and R >= 4 the dot product units: 95 % of their peak if dense, 88 % with 85 % zeros (1024 x 1024,
 * 384 tokens, a Xeon), the rest being the mispredicted end of a row block. With R = 1 the loads: 45 %. With `rows`, Intel has
 * unpacks of 512 bits on one of the two ports of dot products: of 80, 67, 50 and 33 % that R = 8, 4, 2 and 1 could reach, 67,
 * 57, 43 and 24 % are measured at 90 % zeros. So with fewer than 75 % zeros single weights and 2:4 are faster as `dense`.
 *
 * @module
 */
import { formatPattern, type Pattern } from "../../core/mod.ts";
import type { Target } from "../machine.ts";
import { type ByteLayout, bytePanelBytes, checkBytePanelLanes, QUAD } from "./byte_panel.ts";
import { defineOp, type Op } from "./op.ts";
import { PANEL_LANES, panelBytes } from "./panel.ts";
import { byteLayoutOf, makesQuads, quadTileOf } from "./quad_tile.ts";
import { emitSpmmU8S8, SPMM_U8S8_SLOTS, type SpmmU8S8Slot } from "./spmm_u8s8_code.ts";
import { LANES } from "./tile.ts";

/** What becomes of the sums: themselves, scaled, or unsigned bytes in one of the two orders. */
export const QUANTIZED_OUTPUTS = ["int32", "float32", "rows", "quads"] as const;

/** What becomes of the sums. */
export type QuantizedOutput = (typeof QUANTIZED_OUTPUTS)[number];

/** Which `spmm_u8s8` kernel. */
export interface SpmmU8S8Options {
  /** Instruction set. */
  readonly target: Target;
  /** Pattern of the matrix; it decides the order of x ({@linkcode byteLayoutOf}). */
  readonly pattern: Pattern;
  /** What is stored. `quads` needs a tile of 4 rows or a multiple, see {@linkcode makesQuads}. */
  readonly output: QuantizedOutput;
  /** Width P of the panels; default {@linkcode PANEL_LANES}. */
  readonly panelLanes?: number;
}

/** What one call of `spmm_u8s8` works on. Strides and addresses are bytes; addresses of panels are 64-byte aligned. */
export interface SpmmU8S8Arguments {
  /** First panel of activations. */
  readonly x: number;
  /** Bytes from one x panel to the next. */
  readonly xPanelStride: number;
  /** First panel of outputs, `rowBlocks * rowsPerBlock` rows; overwritten. May not overlap x. */
  readonly y: number;
  /** Bytes from one y panel to the next. */
  readonly yPanelStride: number;
  /** Address of the packed values. */
  readonly values: number;
  /** Address of the packed offsets; 0 if dense. */
  readonly offsets: number;
  /** Address of the packed counts; 0 if dense. */
  readonly counts: number;
  /** Address of `rowBlocks * rowsPerBlock` int32: bias less `zeroPoint * Σ weights` of the row. */
  readonly bias: number;
  /** Address of `rowBlocks * rowsPerBlock` float32; 0 if the output is int32. */
  readonly scales: number;
  /** Address of {@linkcode outputLimits}; 0 if the output is int32. */
  readonly limits: number;
  /** Columns of the matrix. Only the dense kernel reads it. */
  readonly cols: number;
  /** Row blocks to compute. */
  readonly rowBlocks: number;
  /** Panels to compute. */
  readonly panels: number;
}

/**
 * The `spmm_u8s8` kernel of a pattern.
 *
 * @throws {RangeError} If `panelLanes` does not suit x or y, or the tile makes no quads.
 */
export function spmmU8S8(options: SpmmU8S8Options): Op<SpmmU8S8Arguments> {
  const { target, pattern, output, panelLanes = PANEL_LANES } = options;
  const layout = byteLayoutOf(pattern);
  checkBytePanelLanes(panelLanes, layout, target);
  if (output === "rows") checkBytePanelLanes(panelLanes, output, target);
  const tile = quadTileOf(pattern, target, panelLanes);
  const name = formatPattern(pattern);
  if (output === "quads" && !makesQuads(pattern)) {
    throw new RangeError(
      `Cannot make quads: ${name} is computed ${tile.rows} rows at a time on ${target}, expected a multiple of ${QUAD}`,
    );
  }
  const blockBytes = outputBytes(tile.rows, panelLanes, output);
  return defineOp<SpmmU8S8Slot, SpmmU8S8Arguments>({
    id: ["spmm_u8s8", name, target, output, panelLanes].join("_"),
    slots: SPMM_U8S8_SLOTS,
    derive: (named) => derive(named, blockBytes),
    emit: (machine, argument) =>
      emitSpmmU8S8(machine, argument, {
        dense: pattern.kind === "dense",
        layout,
        output,
        tile,
        panelLanes,
        steps: panelLanes / (tile.vectors * LANES[target]),
        blockBytes,
      }),
  });
}

/** Bytes of `rows` rows of a panel of outputs. */
export function outputBytes(rows: number, panelLanes: number, output: QuantizedOutput): number {
  return output === "rows" || output === "quads"
    ? bytePanelBytes(rows, panelLanes, output satisfies ByteLayout)
    : panelBytes(rows, panelLanes);
}

/** What the kernel is told about its outputs beside the scales: 3 numbers of 4 bytes. */
export function outputLimits(
  output: Exclude<QuantizedOutput, "int32">,
  { relu, zeroPoint, largest }: {
    /** Whether negative values become 0. */
    readonly relu: boolean;
    /** The byte that stands for 0; 0 for float32. */
    readonly zeroPoint: number;
    /** Largest byte; ignored for float32. */
    readonly largest: number;
  },
): Uint8Array<ArrayBuffer> {
  const floats = output === "float32";
  const least = relu ? 0 : floats ? -Infinity : -zeroPoint;
  const bounds = Float32Array.of(least, floats ? Infinity : largest - zeroPoint, 0);
  new Int32Array(bounds.buffer)[2] = zeroPoint;
  return new Uint8Array(bounds.buffer);
}

function derive(named: SpmmU8S8Arguments, blockBytes: number): Record<SpmmU8S8Slot, number> {
  const written = named.rowBlocks * blockBytes;
  if (named.panels > 1 && named.yPanelStride < written) {
    throw new RangeError(
      `Cannot call spmm_u8s8: y panels are ${named.yPanelStride} bytes apart, expected at least the ${written} that row blocks take`,
    );
  }
  return {
    ...named,
    quads: Math.ceil(named.cols / QUAD),
    ySkip: Math.max(0, named.yPanelStride - written),
  };
}
