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
import { type Op, PANEL_LANES, panelBytes, panelsOf, type PostOp, spmm } from "../ops/mod.ts";
import type { SpmmArguments } from "../ops/mod.ts";
import { tileOf } from "../ops/mod.ts";
import type { Layer, LayerPlace, LayerPort } from "./layer.ts";

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
 * const layer = prepareLinear(backend, {
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
export function prepareLinear(backend: Backend, linear: PanelLinear): Layer {
  check(linear);
  const { rows, cols, pattern, lanes, threads = 1, post = "none" } = linear;
  const { target } = backend;
  const panelLanes = panelLanesOf(linear);
  const panels = panelsOf(lanes, panelLanes);
  const tile = tileOf(pattern, target, panelLanes);
  const packed = packWeights(linear.weights, rows, cols, pattern, { panelLanes, tile });
  const written = packed.rowBlocks * packed.rowsPerBlock;
  const input = linear.input ?? newPort(backend, panels, panelBytes(cols, panelLanes), panelLanes);
  const output = newPort(backend, panels, panelBytes(written, panelLanes), panelLanes);
  const ports: Ports = { input, output, residual: linear.residual, panels, panelLanes };
  checkPort("input", input, ports, cols);
  if (linear.residual) checkPort("residual", linear.residual, ports, written);
  const kernel = spmm({ target, pattern, post, residual: !!linear.residual, panelLanes });
  const whole = callOf(backend, linear, packed, ports);
  return {
    kernelId: kernel.id,
    reason: `${lanes} lanes in ${panels} ${panels === 1 ? "panel" : "panels"} of ${panelLanes}`,
    input,
    output,
    work: {
      macs: packed.macs * lanes,
      denseMacs: rows * cols * lanes,
      executedMacs: packed.stored * panels * panelLanes,
      weightBytes: weightBytes(packed),
      activationBytes: panels * (panelBytes(cols, panelLanes) + panelBytes(written, panelLanes)),
    },
    steps: splitWork(packed, panels, threads).map((shares) =>
      shares.map((share) => stepOf(kernel, packed, whole, share, panelLanes))
    ),
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

/** A rectangle of the output that one call computes. */
export interface PanelShare {
  /** First panel. */
  readonly panel: number;
  /** Panels. */
  readonly panels: number;
  /** First row block. */
  readonly block: number;
  /** Row blocks. */
  readonly blocks: number;
}

/**
 * Cuts a layer into shares, one list a thread: whole panels, then row blocks of the panels that are left.
 *
 * @param packed Its `starts` say what each row block costs.
 */
export function splitWork(
  { rowBlocks, starts }: Pick<PackedWeights, "rowBlocks" | "starts">,
  panels: number,
  threads: number,
): readonly (readonly PanelShare[])[] {
  const each = Math.floor(panels / threads);
  const left = panels - each * threads;
  return Array.from({ length: threads }, (_, thread) => {
    const [from, to] = [
      cut(rowBlocks, starts, thread / threads),
      cut(rowBlocks, starts, (thread + 1) / threads),
    ];
    return [
      { panel: thread * each, panels: each, block: 0, blocks: rowBlocks },
      { panel: each * threads, panels: left, block: from, blocks: to - from },
    ].filter((share) => share.panels > 0 && share.blocks > 0);
  });
}

/** The first row block of which at least `fraction` of the work lies before; storing a block costs about a column. */
function cut(rowBlocks: number, starts: Uint32Array, fraction: number): number {
  const cost = (block: number): number => (starts[block] ?? 0) + block;
  const before = fraction * cost(rowBlocks);
  let block = 0;
  while (block < rowBlocks && cost(block) + cost(block + 1) < 2 * before) block++;
  return fraction >= 1 ? rowBlocks : block;
}

function callOf(
  backend: Backend,
  { rows, cols, bias }: PanelLinear,
  packed: PackedWeights,
  { input, output, residual, panels }: Ports,
): SpmmArguments {
  const padded = new Float32Array(packed.rowBlocks * packed.rowsPerBlock);
  padded.set(bias ?? new Float32Array(rows));
  return {
    x: input.address,
    xPanelStride: input.sizeBytes / panels,
    y: output.address,
    yPanelStride: output.sizeBytes / panels,
    ...(residual && {
      residual: residual.address,
      residualPanelStride: residual.sizeBytes / panels,
    }),
    values: place(backend, packed.values),
    offsets: place(backend, packed.offsets),
    counts: place(backend, packed.counts),
    bias: place(backend, padded),
    cols,
    rowBlocks: packed.rowBlocks,
    panels,
  };
}

function stepOf(
  kernel: Op<SpmmArguments>,
  { rowsPerBlock, starts, counts }: PackedWeights,
  whole: SpmmArguments,
  { panel, panels, block, blocks }: PanelShare,
  panelLanes: number,
): Step {
  const columns = starts[block] ?? 0;
  const down = panelBytes(block * rowsPerBlock, panelLanes);
  const dense = counts.length === 0;
  const args = kernel.args({
    ...whole,
    x: whole.x + panel * whole.xPanelStride,
    y: whole.y + panel * whole.yPanelStride + down,
    ...(whole.residual !== undefined && {
      residual: whole.residual + panel * (whole.residualPanelStride ?? 0) + down,
    }),
    values: whole.values + 4 * columns * rowsPerBlock,
    offsets: whole.offsets + (dense ? 0 : 4 * columns),
    counts: whole.counts + (dense ? 0 : 4 * block),
    bias: whole.bias + 4 * block * rowsPerBlock,
    rowBlocks: blocks,
    panels,
  });
  return { do: "call", kernel, args };
}

function place(backend: Backend, data: Float32Array | Uint32Array): number {
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

/** The widest panel that is not padded more than a narrower one. */
function panelLanesOf({ lanes, input, panelLanes }: PanelLinear): number {
  if (panelLanes !== undefined) return panelLanes;
  const given = input && /^panels of (\d+)$/.exec(input.layout)?.[1];
  if (given !== undefined) return Number(given);
  return lanes >= PANEL_LANES ? PANEL_LANES : 16 * Math.ceil(lanes / 16);
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

function weightBytes({ values, offsets, counts }: PackedWeights): number {
  return values.byteLength + offsets.byteLength + counts.byteLength;
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
