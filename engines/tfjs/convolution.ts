/**
 * Convolutions and their gradients on a kernel back end.
 *
 * Images pass through chunk by chunk: into cells, through the products, back. Threads take a chunk each; if there are fewer chunks, they
 * share the rows of results, and the blocks of outputs in gradients by weights.
 *
 * @module
 */
import { type Backend, LANES } from "../../kernels/mod.ts";
import { sharesOf } from "../ranges.ts";
import { bindKernel, type NamesOf, type Run, type Workspace } from "./block_kernel.ts";
import {
  bindCells,
  type CellMover,
  type Chunk,
  chunkBytes,
  chunksOf,
  type Placed,
} from "./cells.ts";
import {
  backwardPasses,
  type CellPlane,
  forwardPass,
  inputPlane,
  layOut,
  type Pass,
  windowTaps,
} from "./convolution_geometry.ts";
import {
  convolveCells,
  PAIR,
  stripOutputs,
  tileInputs,
  weighCells,
} from "./convolution_kernels.ts";
import type { ConvolutionLoops, ConvolutionSizes } from "./convolution_loops.ts";
import { BLOCK, cellBytes } from "./interleave_kernels.ts";
import type { Floats } from "./loops.ts";
import { openOperands, type Operands } from "./operands.ts";

const FLOAT = 4;

/** What convolutions of one number of lanes share. */
interface Site {
  readonly backend: Backend;
  readonly lanes: number;
  readonly convolve: Run<NamesOf<ReturnType<typeof convolveCells>>>;
  readonly weigh: Run<NamesOf<ReturnType<typeof weighCells>>>;
  readonly cells: CellMover;
  readonly operands: Operands;
  readonly workspace: Workspace;
}

/** Emits the kernels of {@linkcode ConvolutionLoops}. The workspace is opened after this. */
export function bindConvolutions(backend: Backend): (workspace: Workspace) => ConvolutionLoops {
  const { target } = backend;
  // Small batches leave fewer lanes empty in half a vector.
  const widths = target === "avx512" ? [8, LANES[target]] : [LANES[target]];
  const open = widths.map((lanes) => {
    const runs = {
      convolve: bindKernel(backend, convolveCells(target, lanes)),
      weigh: bindKernel(backend, weighCells(target, lanes)),
    };
    const cells = bindCells(backend, lanes);
    return (workspace: Workspace): Site => ({
      backend,
      lanes,
      ...runs,
      cells: cells(workspace),
      operands: openOperands(backend, workspace),
      workspace,
    });
  });
  return (workspace) => {
    const sites = open.map((site) => site(workspace));
    const siteOf = ({ images }: ConvolutionSizes): Site =>
      sites.find(({ lanes }) => lanes >= images) ?? sites.at(-1)!;
    return {
      convolve: (x, weights, bias, sizes, y) => convolve(siteOf(sizes), x, weights, bias, sizes, y),
      convolveByInput: (dy, weights, sizes, dx) =>
        convolveByInput(siteOf(sizes), dy, weights, sizes, dx),
      convolveByWeights: (x, dy, sizes, dWeights) =>
        convolveByWeights(siteOf(sizes), x, dy, sizes, dWeights),
    };
  };
}

function convolve(
  site: Site,
  x: Floats,
  weights: Floats,
  bias: Floats | null,
  sizes: ConvolutionSizes,
  y: Floats,
): void {
  const { groups, inputs, outputs, window } = sizes;
  const [from, to] = [inputPlane(sizes), layOut(groups, outputs, window.output)];
  const taps = window.kernel[0] * window.kernel[1];
  const k = inputs * taps;
  run(site, { from, to, passes: [forwardPass(sizes, from, to)], images: sizes.images }, x, y, {
    weightOf: (group) => ({
      first: group * outputs * k,
      output: k,
      input: taps,
      bias: bias?.subarray(group * outputs, (group + 1) * outputs) ?? null,
    }),
    weights,
  });
}

function convolveByInput(
  site: Site,
  dy: Floats,
  weights: Floats,
  sizes: ConvolutionSizes,
  dx: Floats,
): void {
  const { inputs, outputs, images, window } = sizes;
  const taps = window.kernel[0] * window.kernel[1];
  const { dy: from, dx: to, passes } = backwardPasses(sizes);
  run(site, { from, to, passes, images }, dy, dx, {
    // Inputs and outputs change places.
    weightOf: (group) => ({
      first: group * outputs * inputs * taps,
      output: taps,
      input: inputs * taps,
      bias: null,
    }),
    weights,
  });
}

/** What is convolved. */
interface Task {
  readonly from: CellPlane;
  readonly to: CellPlane;
  readonly passes: readonly Pass[];
  readonly images: number;
}

/** How weights lie: distances between those of neighbouring outputs, inputs and taps (1). */
interface WeightLayout {
  readonly first: number;
  readonly output: number;
  readonly input: number;
  readonly bias: Floats | null;
}

interface Weights {
  readonly weights: Floats;
  weightOf(group: number): WeightLayout;
}

/** A pass of one group, ready to run. */
interface Prepared {
  readonly pass: Pass;
  readonly group: number;
  /** Addresses. */
  readonly weights: number;
  readonly offsets: number;
  readonly k: number;
}

function run(site: Site, task: Task, x: Floats, y: Floats, weights: Weights): void {
  const { workspace, operands, cells, lanes, backend } = site;
  workspace.clear();
  const { from, to } = task;
  const input = placeInput(site, x);
  const out = operands.output(y);
  const output = { address: out.address, floats: floatsAt(backend, y, out.address) };
  const strip = stripOutputs(lanes) / BLOCK;
  // A strip may reach beyond the blocks of a group.
  const padded = { ...to, blocks: Math.ceil(to.blocks / strip) * strip };
  const prepared = prepare(site, task, weights);
  const chunks = chunksOf(task.images, lanes);
  const scratch = Array.from({ length: Math.min(backend.threads, chunks.length) }, () => ({
    from: workspace.take(chunkBytes(from, lanes) / FLOAT),
    to: workspace.take(chunkBytes(padded, lanes) / FLOAT),
  }));
  for (let first = 0; first < chunks.length; first += scratch.length) {
    const round = chunks.slice(first, first + scratch.length);
    cells.interleave(from, input, round.map((chunk, i) => ({ ...chunk, cells: scratch[i]!.from })));
    for (const pass of prepared) runPass(site, pass, from, padded, scratch.slice(0, round.length));
    cells.separate(padded, output, round.map((chunk, i) => ({ ...chunk, cells: scratch[i]!.to })));
  }
  out.finish();
}

function placeInput({ operands, backend }: Site, array: Floats): Placed {
  const address = operands.input(array);
  return { address, floats: floatsAt(backend, array, address) };
}

/** The elements at an address: the array itself where kernels reach it, else its copy. */
function floatsAt(backend: Backend, array: Floats, address: number): Floats {
  return backend.addressOf(array) === address
    ? array
    : backend.float32(address, array.length) as Floats; // not shared: one thread wherever arrays are copied
}

function prepare(site: Site, { from, to, passes }: Task, weights: Weights): readonly Prepared[] {
  const { backend, lanes, workspace } = site;
  return passes.flatMap((pass) => {
    const k = from.channels * pass.taps.length;
    const offsets = workspace.take(PAIR * k);
    fillOffsets(backend.uint32(offsets, PAIR * k), pass, from, lanes);
    return Array.from({ length: from.groups }, (_, group): Prepared => {
      const outputs = stripOutputs(lanes);
      const length = Math.ceil(to.channels / outputs) * outputs * (k + 1);
      const address = workspace.take(length);
      const layout = weights.weightOf(group);
      const strips = backend.float32(address, length);
      packStrips(weights.weights, layout, pass, from.channels, to.channels, outputs, strips);
      return { pass, group, weights: address, offsets, k };
    });
  });
}

/** Where the pixels of a pair lie for each k: channels, and in each of them taps. */
function fillOffsets(
  offsets: Uint32Array,
  { taps, x, cols }: Pass,
  { channels, cells }: CellPlane,
  lanes: number,
): void {
  const second = cols > 1 ? x.col * cellBytes(lanes) : 0;
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    const plane = Math.floor(channel / BLOCK) * cells;
    for (const tap of taps) {
      const offset = (plane + tap.cells) * cellBytes(lanes) + (channel % BLOCK) * lanes * FLOAT;
      offsets[at++] = offset;
      offsets[at++] = offset + second;
    }
  }
}

function packStrips(
  weights: Floats,
  { first, output, input, bias }: WeightLayout,
  { taps }: Pass,
  inputs: number,
  outputs: number,
  strip: number,
  strips: Float32Array,
): void {
  strips.fill(0);
  const indices = taps.map(({ index }) => index);
  const size = (1 + inputs * indices.length) * strip;
  for (let out = 0; out < outputs; out++) {
    let to = Math.floor(out / strip) * size + out % strip;
    strips[to] = bias ? bias[out]! : 0;
    for (let channel = 0; channel < inputs; channel++) {
      const from = first + out * output + channel * input;
      for (let tap = 0; tap < indices.length; tap++) {
        to += strip;
        strips[to] = weights[from + indices[tap]!]!;
      }
    }
  }
}

/** Cells of a chunk, at addresses. */
interface Scratch {
  readonly from: number;
  readonly to: number;
}

/** One pass for several chunks side by side. */
function runPass(
  { backend, lanes, convolve }: Site,
  { pass, group, weights, offsets, k }: Prepared,
  from: CellPlane,
  to: CellPlane,
  scratch: readonly Scratch[],
): void {
  const { x, y, rows, cols } = pass;
  const bytes = cellBytes(lanes);
  const outputs = stripOutputs(lanes);
  const values = {
    weights,
    offsets,
    k,
    strips: to.blocks * BLOCK / outputs,
    xRowBytes: x.row * bytes,
    xPairBytes: PAIR * x.col * bytes,
    yRowBytes: y.row * bytes,
    yPairBytes: PAIR * y.col * bytes,
    yPixelBytes: cols > 1 ? y.col * bytes : 0,
    yBlockBytes: to.cells * bytes,
    weightBytes: (k + 1) * outputs * FLOAT,
  };
  const perChunk = Math.max(1, Math.floor(backend.threads / scratch.length));
  function runPairs(pairs: number, col: number): void {
    convolve.together(scratch.flatMap((chunk) =>
      sharesOf(rows, perChunk).map((part) => ({
        ...values,
        x: chunk.from +
          (group * from.blocks * from.cells + x.first + part.from * x.row + col * x.col) * bytes,
        y: chunk.to +
          (group * to.blocks * to.cells + y.first + part.from * y.row + col * y.col) * bytes,
        rows: part.to - part.from,
        pairs,
      }))
    ));
  }
  if (cols >= PAIR) runPairs(Math.floor(cols / PAIR), 0);
  // The last pixel of an odd row is computed with its neighbour once more, or with itself.
  if (cols % PAIR === 1) runPairs(1, Math.max(0, cols - PAIR));
}

/** Pixels over which a gradient by weights adds up before lanes are added: that takes about as long as 10 pixels. */
const LEAST_PIXELS = 512;

/** Sets of chunks add to so many totals in turn, whatever the number of threads, so that it does not change the sums. */
const TOTALS = 4;

function convolveByWeights(
  site: Site,
  x: Floats,
  dy: Floats,
  sizes: ConvolutionSizes,
  dWeights: Floats,
): void {
  const { workspace, lanes, backend, cells } = site;
  workspace.clear();
  const { groups, outputs, images, window: { output } } = sizes;
  const planes = { x: inputPlane(sizes), dy: layOut(groups, outputs, output) };
  const tensors = { x: placeInput(site, x), dy: placeInput(site, dy) };
  const tiles = prepareTiles(site, sizes, planes.x);
  const chunks = chunksOf(images, lanes);
  const held = Math.min(Math.ceil(LEAST_PIXELS / (output[0] * output[1])), chunks.length);
  const sets = Array.from(
    { length: Math.ceil(chunks.length / held) },
    (_, i) => chunks.slice(i * held, (i + 1) * held),
  );
  const length = groups * planes.dy.blocks * tiles.floats;
  const totals = sets.slice(0, TOTALS).map(() => takeZeros(site, length));
  const workers = Array.from({ length: Math.min(backend.threads, totals.length) }, () => ({
    x: workspace.take(held * chunkBytes(planes.x, lanes) / FLOAT),
    dy: workspace.take(held * chunkBytes(planes.dy, lanes) / FLOAT),
  }));
  for (let first = 0; first < sets.length; first += workers.length) {
    const round = sets.slice(first, first + workers.length);
    for (const name of ["x", "dy"] as const) {
      const size = chunkBytes(planes[name], lanes);
      const moves = round.flatMap((set, worker) =>
        set.map((chunk: Chunk, i) => ({ ...chunk, cells: workers[worker]![name] + i * size }))
      );
      for (let at = 0; at < moves.length; at += backend.threads) {
        cells.interleave(planes[name], tensors[name], moves.slice(at, at + backend.threads));
      }
    }
    weighRound(
      site,
      sizes,
      planes,
      tiles,
      round.map((set, worker) => ({
        ...workers[worker]!,
        sums: totals[(first + worker) % totals.length]!,
        chunks: set.length,
      })),
    );
  }
  const sums = totals.map((address) => backend.float32(address, length));
  unpackTiles(sums, sizes, planes.dy.blocks, tiles, tileInputs(lanes), dWeights);
}

function takeZeros({ backend, workspace }: Site, length: number): number {
  const address = workspace.take(length);
  backend.float32(address, length).fill(0);
  return address;
}

/** Tiles of the gradient by weights of one block of outputs. */
interface Tiles {
  /** Address of the list of where they begin. */
  readonly offsets: number;
  /** How many: one for each tap of some input channels. */
  readonly count: number;
  /** Sums of all. */
  readonly floats: number;
}

function prepareTiles(
  { backend, lanes, workspace }: Site,
  sizes: ConvolutionSizes,
  x: CellPlane,
): Tiles {
  const inputs = tileInputs(lanes);
  const taps = windowTaps(sizes, x);
  const groups = Math.ceil(sizes.inputs / inputs);
  const count = groups * taps.length;
  const offsets = workspace.take(count);
  const list = backend.uint32(offsets, count);
  for (let i = 0; i < count; i++) {
    const channel = Math.floor(i / taps.length) * inputs;
    const cell = Math.floor(channel / BLOCK) * x.cells + taps[i % taps.length]!.cells;
    list[i] = cell * cellBytes(lanes) + (channel % BLOCK) * lanes * FLOAT;
  }
  return { offsets, count, floats: count * inputs * BLOCK };
}

/** Cells and sums of one thread. */
interface Worker {
  readonly x: number;
  readonly dy: number;
  readonly sums: number;
  readonly chunks: number;
}

function weighRound(
  { backend, lanes, weigh }: Site,
  { groups, window: { strides, output: [rows, cols] } }: ConvolutionSizes,
  planes: Readonly<Record<"x" | "dy", CellPlane>>,
  { offsets, count, floats }: Tiles,
  workers: readonly Worker[],
): void {
  const bytes = cellBytes(lanes);
  const { x, dy } = planes;
  const values = {
    offsets,
    tiles: count,
    rows,
    cols,
    xStepBytes: strides[1] * bytes,
    xRowBytes: strides[0] * x.pitch * bytes,
    xChunkBytes: chunkBytes(x, lanes) - rows * strides[0] * x.pitch * bytes,
    dyRowGap: 0,
    dyChunkGap: chunkBytes(dy, lanes) - dy.cells * bytes,
    dyBlockBytes: dy.cells * bytes,
  };
  const perWorker = Math.max(1, Math.floor(backend.threads / workers.length));
  for (let group = 0; group < groups; group++) {
    weigh.together(
      workers.flatMap((worker) =>
        sharesOf(dy.blocks, perWorker).map(({ from, to }) => ({
          ...values,
          x: worker.x + group * x.blocks * x.cells * bytes,
          dy: worker.dy + (group * dy.blocks + from) * dy.cells * bytes,
          sums: worker.sums + (group * dy.blocks + from) * floats * FLOAT,
          blocks: to - from,
          chunks: worker.chunks,
        }))
      ),
    );
  }
}

/** Adds up what threads found, `[group][block][tile of inputs][tap][output][input]`, in the order of the weights. */
function unpackTiles(
  sums: readonly Float32Array[],
  { groups, inputs, outputs, window: { kernel } }: ConvolutionSizes,
  blocks: number,
  { floats }: Tiles,
  tile: number,
  dWeights: Floats,
): void {
  const taps = kernel[0] * kernel[1];
  let to = 0;
  for (let group = 0; group < groups; group++) {
    for (let out = 0; out < outputs; out++) {
      const block = (group * blocks + Math.floor(out / BLOCK)) * floats + (out % BLOCK) * tile;
      for (let channel = 0; channel < inputs; channel++) {
        const first = block + Math.floor(channel / tile) * taps * BLOCK * tile + channel % tile;
        for (let tap = 0; tap < taps; tap++) {
          let sum = 0;
          for (const part of sums) sum += part[first + tap * BLOCK * tile]!;
          dWeights[to++] = sum;
        }
      }
    }
  }
}
