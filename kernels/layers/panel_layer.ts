/**
 * Linear layers whose lanes are tokens: the `spmm` kernel on panels, for many lanes.
 *
 * Threads take whole panels first, so that all of them read the same weights; panels that are left over are cut into row
 * blocks, as many stored columns to each thread. No thread waits for another, since each output is written by one.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";
import type { Backend, Step } from "../backend.ts";
import { type PackedWeights, packWeights, readPanels, writePanels } from "../formats/mod.ts";
import {
  PANEL_LANES,
  panelBytes,
  panelsOf,
  type PostOp,
  spmm,
  type SpmmArguments,
} from "../ops/mod.ts";
import type { Layer, LayerPlace, LayerPort } from "./layer.ts";
import { type PanelShare, splitWork } from "./panel_shares.ts";

/** A linear layer on panels: `y = post(W · x + bias (+ residual))`. */
export interface PanelLinear extends LayerPlace {
  /** Row-major `rows × cols` float32; zeros are found in the values. */
  readonly weights: Float32Array;
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** Pattern that the weights are packed as; any weights can be packed as any. */
  readonly pattern: Pattern;
  /** Tokens of a call. */
  readonly lanes: number;
  /** `rows` float32; default zeros. */
  readonly bias?: Float32Array;
  /** Applied to the sums; default `none`. */
  readonly post?: PostOp;
  /** Output port of another panel layer of as many rows and lanes, added before the post-op. */
  readonly residual?: LayerPort;
  /** Width P of the panels, a multiple of 16; default that of `input`, else the one that suits `lanes`. */
  readonly panelLanes?: number;
}

/**
 * Packs a linear layer into the arena and plans its calls.
 *
 * @throws {RangeError} If sizes, threads or ports do not fit, or the arena is exhausted.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePattern } from "../../core/mod.ts";
 * import { openBackend } from "../open.ts";
 * using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
 * const layer = preparePanel(backend, {
 *   weights: Float32Array.of(0, 2, 3, 0),
 *   rows: 2,
 *   cols: 2,
 *   pattern: parsePattern("unstructured"),
 *   lanes: 1,
 * });
 * using program = backend.build(layer.steps);
 * layer.writeInput(Float32Array.of(5, 7));
 * program.run();
 * assertEquals([...layer.readOutput()], [14, 15]);
 * ```
 */
export function preparePanel(backend: Backend, linear: PanelLinear): Layer {
  check(linear);
  const { rows, cols, lanes, threads = 1 } = linear;
  const panelLanes = panelLanesOf(linear);
  const panels = panelsOf(lanes, panelLanes);
  const packed = pack(backend, linear, panelLanes, 0, rows);
  const written = packed.rowBlocks * packed.rowsPerBlock;
  const input = linear.input ?? newPort(backend, panels, panelBytes(cols, panelLanes), panelLanes);
  const output = newPort(backend, panels, panelBytes(written, panelLanes), panelLanes);
  const ports: Ports = { input, output, residual: linear.residual, panels, panelLanes };
  checkPort("input", input, ports, cols);
  if (linear.residual) checkPort("residual", linear.residual, ports, written);
  const kernel = kernelOf(backend, linear, packed, panelLanes);
  const shares = splitWork(packed, panels, threads);
  const whole = shares.some((list) => list.some(({ blocks }) => blocks === packed.rowBlocks))
    ? place(backend, packed.stream)
    : 0;
  const stepOf = (share: PanelShare): Step =>
    share.blocks === packed.rowBlocks
      ? callOn(kernel, packed, whole, share, ports)
      : callOnRows(backend, linear, packed, share, ports);
  return {
    kernelId: kernel.id,
    reason: `${lanes} lanes in ${panels} ${panels === 1 ? "panel" : "panels"} of ${panelLanes}`,
    input,
    output,
    work: {
      macs: packed.macs * lanes,
      denseMacs: rows * cols * lanes,
      executedMacs: packed.stored * panels * panelLanes,
      weightBytes: packed.stream.byteLength,
      activationBytes: panels * (panelBytes(cols, panelLanes) + panelBytes(written, panelLanes)),
    },
    steps: shares.map((list) => list.map(stepOf)),
    writeInput: (values) => {
      if (!(values instanceof Float32Array) || values.length !== lanes * cols) {
        throw new RangeError(
          `Cannot write input: ${values.length} values (${values.constructor.name}), expected ${lanes} lanes x ${cols} channels of float32`,
        );
      }
      writePanels(floats(backend, input), values, shapeOf(input, ports, lanes, cols));
    },
    readOutput: () => readPanels(floats(backend, output), shapeOf(output, ports, lanes, rows)),
  };
}

/** The panels of a layer. */
interface Ports {
  readonly input: LayerPort;
  readonly output: LayerPort;
  readonly residual: LayerPort | undefined;
  readonly panels: number;
  readonly panelLanes: number;
}

/** Packs `rows` rows from row `first` on. */
function pack(
  { target }: Backend,
  { weights, cols, pattern, bias }: PanelLinear,
  panelLanes: number,
  first: number,
  rows: number,
): PackedWeights {
  return packWeights(weights.subarray(first * cols, (first + rows) * cols), rows, cols, pattern, {
    panelLanes,
    target,
    ...(bias && { bias: bias.subarray(first, first + rows) }),
  });
}

function kernelOf(
  { target }: Backend,
  { pattern, post = "none", residual }: PanelLinear,
  { passes }: PackedWeights,
  panelLanes: number,
): ReturnType<typeof spmm> {
  return spmm({
    target,
    pattern,
    post,
    residual: residual !== undefined,
    panelLanes,
    severalPasses: passes > 1,
  });
}

function callOn(
  kernel: ReturnType<typeof spmm>,
  packed: SpmmArguments["packed"],
  weights: number,
  { panel, panels, block }: PanelShare,
  { input, output, residual, panels: all, panelLanes }: Ports,
): Step {
  const down = panelBytes(block * packed.rowsPerBlock, panelLanes);
  const strideOf = (port: LayerPort): number => port.sizeBytes / all;
  const args = kernel.args({
    x: input.address + panel * strideOf(input),
    xPanelStride: strideOf(input),
    y: output.address + panel * strideOf(output) + down,
    yPanelStride: strideOf(output),
    ...(residual && {
      residual: residual.address + panel * strideOf(residual) + down,
      residualPanelStride: strideOf(residual),
    }),
    weights,
    packed,
    panels,
  });
  return { do: "call", kernel, args };
}

/** Row blocks are not neighbours in a stream, so a share of them is packed by itself. */
function callOnRows(
  backend: Backend,
  linear: PanelLinear,
  { rowsPerBlock }: PackedWeights,
  share: PanelShare,
  ports: Ports,
): Step {
  const first = share.block * rowsPerBlock;
  const rows = Math.min(share.blocks * rowsPerBlock, linear.rows - first);
  const packed = pack(backend, linear, ports.panelLanes, first, rows);
  const kernel = kernelOf(backend, linear, packed, ports.panelLanes);
  return callOn(kernel, packed, place(backend, packed.stream), share, ports);
}

function place(backend: Backend, data: Uint32Array): number {
  const address = backend.allocate(data.byteLength);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  backend.bytes(address, data.byteLength).set(bytes);
  return address;
}

function newPort(
  backend: Backend,
  panels: number,
  stride: number,
  panelLanes: number,
): LayerPort {
  const sizeBytes = panels * stride;
  return {
    address: backend.allocate(sizeBytes),
    sizeBytes,
    layout: layoutOf(panelLanes),
    type: "float32",
  };
}

function layoutOf(panelLanes: number): string {
  return `panels of ${panelLanes}`;
}

/** A quarter less than a full panel: its kernels are a little slower, but 96 lanes fill two. */
const NARROW_LANES = 48;

/** The width that is padded least, the wider of equals. */
function panelLanesOf({ lanes, input, panelLanes }: PanelLinear): number {
  if (panelLanes !== undefined) return panelLanes;
  const given = input && /^panels of (\d+)$/.exec(input.layout)?.[1];
  if (given !== undefined) return Number(given);
  if (lanes <= PANEL_LANES) return 16 * Math.ceil(lanes / 16);
  const padded = (width: number): number => width * panelsOf(lanes, width);
  return padded(NARROW_LANES) < padded(PANEL_LANES) ? NARROW_LANES : PANEL_LANES;
}

function floats(backend: Backend, { address, sizeBytes }: LayerPort): Float32Array {
  return backend.float32(address, sizeBytes / 4);
}

function shapeOf(
  port: LayerPort,
  { panels, panelLanes }: Ports,
  tokens: number,
  rows: number,
): Parameters<typeof readPanels>[1] {
  return { tokens, rows, panelLanes, panelStride: port.sizeBytes / panels / 4 };
}

function check({ weights, rows, cols, lanes, bias, threads = 1 }: PanelLinear): void {
  for (const [name, value] of Object.entries({ rows, cols, lanes, threads })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot prepare layer: ${name} is ${value}, expected a positive integer`,
      );
    }
  }
  if (weights.length !== rows * cols) {
    throw new RangeError(
      `Cannot prepare layer: ${weights.length} weights, expected ${rows} rows x ${cols} columns`,
    );
  }
  if (bias !== undefined && bias.length !== rows) {
    throw new RangeError(`Cannot prepare layer: ${bias.length} biases, expected ${rows} rows`);
  }
}

function checkPort(name: string, port: LayerPort, ports: Ports, rows: number): void {
  const { panels, panelLanes } = ports;
  const least = panels * panelBytes(rows, panelLanes);
  const layout = layoutOf(panelLanes);
  const fits = port.sizeBytes >= least && port.sizeBytes % (64 * panels) === 0 &&
    port.address % 64 === 0;
  if (port.layout !== layout || port.type !== "float32" || !fits) {
    throw new RangeError(
      `Cannot prepare layer: ${name} is ${port.sizeBytes} bytes of ${port.type} in ${port.layout} at ${port.address}, ` +
        `expected at least ${least} bytes of float32 in ${layout}, aligned to 64 bytes`,
    );
  }
}
