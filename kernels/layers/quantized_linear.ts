/**
 * INT8 linear layers whose lanes are tokens: the `spmm_u8s8` kernel on byte panels.
 *
 * Activations are unsigned bytes with a zero point, weights signed bytes with a scale a row, sums exact int32. Where the
 * byte dot product is exact for 7 bits only (`dotBits`), activations are 0 to 127: input is checked, and output that is
 * requantised to bytes cannot be larger.
 *
 * @module
 */
import type { Backend, Step } from "../backend.ts";
import {
  type PackedQuads,
  packQuads,
  readBytePanels,
  readPanels,
  writeBytePanels,
} from "../formats/mod.ts";
import {
  type ByteLayout,
  byteLayoutOf,
  bytePanelBytes,
  type Op,
  outputBytes,
  outputLimits,
  PANEL_LANES,
  panelsOf,
  QUAD,
  quadTileOf,
  type QuantizedOutput,
  spmmU8S8,
  type SpmmU8S8Arguments,
} from "../ops/mod.ts";
import type { Layer, LayerPort, LayerType } from "./layer.ts";
import { type PanelShare, splitWork } from "./panel_shares.ts";
import {
  checkActivations,
  checkQuantized,
  foldBias,
  largestByte,
  type QuantizedShape,
} from "./quantized_shape.ts";
import { placeData } from "./rows.ts";

/** What becomes of the sums of a quantised layer. */
export type QuantizedResult =
  | {
    /** The sums as they are. */
    readonly kind: "int32";
  }
  | {
    /** `sum * scale`, panels of float32. */
    readonly kind: "float32";
    /** Factor of each row: `xScale * wScale[row]`. */
    readonly scales: Float32Array;
    /** Whether negative values become 0; default false. */
    readonly relu?: boolean;
  }
  | {
    /** `round(sum * scale) + zeroPoint`, saturated: unsigned bytes in the order that the consumer reads. */
    readonly kind: ByteLayout;
    /** Factor of each row: `xScale * wScale[row] / yScale`. */
    readonly scales: Float32Array;
    /** The byte that stands for 0; default 0. */
    readonly zeroPoint?: number;
    /** Whether negative values become 0; default false. */
    readonly relu?: boolean;
  };

/** An INT8 linear layer on byte panels. */
export interface QuantizedLinear extends QuantizedShape {
  /** What becomes of the sums. */
  readonly result: QuantizedResult;
  /** Width P of the panels; default that of `input`, else 64. */
  readonly panelLanes?: number;
}

/**
 * Packs an INT8 linear layer into the arena and plans its calls.
 *
 * @throws {RangeError} If sizes, zero points, scales, threads or the input port do not fit, a sum could leave 32 bits, the
 * pattern cannot make `quads` on this target, or the arena is exhausted.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePattern } from "../../core/mod.ts";
 * import { openBackend } from "../open.ts";
 * using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
 * const layer = prepareQuantizedLinear(backend, {
 *   weights: Int8Array.of(1, -2, 3, 0),
 *   rows: 1,
 *   cols: 4,
 *   pattern: parsePattern("1x4"),
 *   lanes: 1,
 *   zeroPoint: 10,
 *   result: { kind: "int32" },
 * });
 * using program = backend.build(layer.steps);
 * layer.writeInput(Uint8Array.of(11, 12, 13, 14));
 * program.run();
 * assertEquals([...layer.readOutput()], [1 * 1 - 2 * 2 + 3 * 3]);
 * ```
 */
export function prepareQuantizedLinear(backend: Backend, linear: QuantizedLinear): Layer {
  checkQuantized(linear, linear.result, backend);
  const { weights, rows, cols, pattern, lanes, threads = 1, result } = linear;
  const { target } = backend;
  const layout = byteLayoutOf(pattern);
  const panelLanes = panelLanesOf(linear);
  const panels = panelsOf(lanes, panelLanes);
  const kernel = spmmU8S8({ target, pattern, output: result.kind, panelLanes });
  const tile = quadTileOf(pattern, target, panelLanes);
  const packed = packQuads(weights, rows, cols, pattern, { layout, panelLanes, tile });
  const inputStride = bytePanelBytes(cols, panelLanes, layout);
  const written = outputBytes(packed.rowBlocks * packed.rowsPerBlock, panelLanes, result.kind);
  const input = linear.input ?? newPort(backend, panels, inputStride, layout, panelLanes);
  const output = newPort(backend, panels, written, result.kind, panelLanes);
  checkInput(input, newLayout(layout, panelLanes), panels * inputStride, panels);
  const whole = callOf(backend, linear, packed, input, output, panels);
  const shape = (port: LayerPort, size: number, order: ByteLayout) => ({
    ...{ tokens: lanes, rows: size, panelLanes, layout: order, target },
    panelStride: port.sizeBytes / panels,
  });
  return {
    kernelId: kernel.id,
    reason: `${lanes} lanes in ${panels} byte ${
      panels === 1 ? "panel" : "panels"
    } of ${panelLanes}`,
    input,
    output,
    work: {
      macs: packed.macs * lanes,
      denseMacs: rows * cols * lanes,
      executedMacs: packed.stored * panels * panelLanes,
      weightBytes: packed.values.byteLength + packed.offsets.byteLength + packed.counts.byteLength,
      activationBytes: panels * (inputStride + written),
    },
    steps: splitWork(packed, panels, threads).map((shares) =>
      shares.map((share) => stepOf(kernel, packed, whole, share, panelLanes, result.kind))
    ),
    writeInput: (values) => {
      checkActivations(values, lanes, cols, backend);
      const bytes = backend.bytes(input.address, input.sizeBytes);
      writeBytePanels(bytes, values, shape(input, cols, layout));
    },
    readOutput: () => {
      const bytes = backend.bytes(output.address, output.sizeBytes);
      const panelStride = written / 4;
      const tokens = { tokens: lanes, rows, panelLanes, panelStride };
      switch (result.kind) {
        case "int32":
          return readInt32(bytes, tokens);
        case "float32":
          return readPanels(backend.float32(output.address, output.sizeBytes / 4), tokens);
        default:
          return readBytePanels(bytes, shape(output, rows, result.kind));
      }
    },
  };
}

function callOf(
  backend: Backend,
  linear: QuantizedLinear,
  packed: PackedQuads,
  input: LayerPort,
  output: LayerPort,
  panels: number,
): SpmmU8S8Arguments {
  const { result } = linear;
  const paddedRows = packed.rowBlocks * packed.rowsPerBlock;
  const place = (data: ArrayBufferView): number => placeData(backend, data);
  const scales = new Float32Array(paddedRows);
  if (result.kind !== "int32") scales.set(result.scales);
  return {
    x: input.address,
    xPanelStride: input.sizeBytes / panels,
    y: output.address,
    yPanelStride: output.sizeBytes / panels,
    values: place(packed.values),
    offsets: place(packed.offsets),
    counts: place(packed.counts),
    bias: place(foldBias(linear, paddedRows)),
    scales: result.kind === "int32" ? 0 : place(scales),
    limits: result.kind === "int32" ? 0 : place(outputLimits(result.kind, {
      relu: result.relu ?? false,
      zeroPoint: result.kind === "float32" ? 0 : result.zeroPoint ?? 0,
      largest: largestByte(backend),
    })),
    cols: linear.cols,
    rowBlocks: packed.rowBlocks,
    panels,
  };
}

function stepOf(
  kernel: Op<SpmmU8S8Arguments>,
  { rowsPerBlock, starts, counts, offsets }: PackedQuads,
  whole: SpmmU8S8Arguments,
  { panel, panels, block, blocks }: PanelShare,
  panelLanes: number,
  output: QuantizedOutput,
): Step {
  const before = starts[block] ?? 0;
  const dense = counts.length === 0;
  const total = starts.at(-1) ?? 0;
  const offsetBytes = total === 0 ? 0 : offsets.byteLength / total;
  const args = kernel.args({
    ...whole,
    x: whole.x + panel * whole.xPanelStride,
    y: whole.y + panel * whole.yPanelStride +
      outputBytes(block * rowsPerBlock, panelLanes, output),
    values: whole.values + QUAD * before * rowsPerBlock,
    offsets: whole.offsets + before * offsetBytes,
    counts: whole.counts + (dense ? 0 : 4 * block),
    bias: whole.bias + 4 * block * rowsPerBlock,
    scales: whole.scales + (output === "int32" ? 0 : 4 * block * rowsPerBlock),
    rowBlocks: blocks,
    panels,
  });
  return { do: "call", kernel, args };
}

function newPort(
  backend: Backend,
  panels: number,
  stride: number,
  kind: QuantizedOutput,
  panelLanes: number,
): LayerPort {
  const sizeBytes = panels * stride;
  const types: Readonly<Record<QuantizedOutput, LayerType>> = {
    int32: "int32",
    float32: "float32",
    rows: "uint8",
    quads: "uint8",
  };
  return {
    address: backend.allocate(sizeBytes),
    sizeBytes,
    layout: newLayout(kind, panelLanes),
    type: types[kind],
  };
}

function newLayout(kind: QuantizedOutput, panelLanes: number): string {
  const storage = kind === "rows" || kind === "quads" ? `byte ${kind}` : "panels";
  return `${storage} of ${panelLanes}`;
}

function panelLanesOf({ input, panelLanes }: QuantizedLinear): number {
  const given = input && /^byte (?:rows|quads) of (\d+)$/.exec(input.layout)?.[1];
  return panelLanes ?? (given === undefined ? PANEL_LANES : Number(given));
}

function readInt32(
  bytes: Uint8Array,
  { tokens, rows, panelLanes, panelStride }: {
    readonly tokens: number;
    readonly rows: number;
    readonly panelLanes: number;
    readonly panelStride: number;
  },
): Int32Array<ArrayBuffer> {
  const panels = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  return Int32Array.from({ length: tokens * rows }, (_, i) => {
    const [token, row] = [Math.floor(i / rows), i % rows];
    const panel = Math.floor(token / panelLanes);
    return panels[panel * panelStride + row * panelLanes + token % panelLanes]!;
  });
}

function checkInput(port: LayerPort, layout: string, least: number, panels: number): void {
  const fits = port.sizeBytes >= least && port.sizeBytes % (16 * panels) === 0 &&
    port.address % 64 === 0;
  if (port.layout !== layout || port.type !== "uint8" || !fits) {
    throw new RangeError(
      `Cannot prepare layer: input is ${port.sizeBytes} bytes of ${port.type} in ${port.layout} at ${port.address}, ` +
        `expected at least ${least} bytes of uint8 in ${layout}, aligned to 64 bytes`,
    );
  }
}
