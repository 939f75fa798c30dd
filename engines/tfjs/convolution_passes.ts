/**
 * Passes of convolutions with all weights.
 *
 * @module
 */
import { sharesOf } from "../ranges.ts";
import type { CellPlane, Pass } from "./convolution_geometry.ts";
import { PAIR, stripOutputs } from "./convolution_kernels.ts";
import type { RunPass, Scratch, Site, Task, Weights } from "./convolution_site.ts";
import { BLOCK, cellBytes } from "./interleave_kernels.ts";

const FLOAT = 4;

/** The same plane with whole strips: one may reach beyond the blocks of a group. */
export function padBlocks(plane: CellPlane, lanes: number): CellPlane {
  const strip = stripOutputs(lanes) / BLOCK;
  return { ...plane, blocks: Math.ceil(plane.blocks / strip) * strip };
}

/** Prepares the passes of a task whose results are laid out by {@linkcode padBlocks}. */
export function preparePasses(site: Site, task: Task, weights: Weights): readonly RunPass[] {
  return prepare(site, task, weights).map((prepared) => (scratch) =>
    runPass(site, prepared, task.from, task.to, scratch)
  );
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
      const strips = backend.float32(address, length);
      packStrips(weights, group, pass, from.channels, to.channels, outputs, strips);
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
  { weights, bias, weightOf }: Weights,
  group: number,
  { taps }: Pass,
  inputs: number,
  outputs: number,
  strip: number,
  strips: Float32Array,
): void {
  strips.fill(0);
  const { first, output, input } = weightOf(group);
  const indices = taps.map(({ index }) => index);
  const size = (1 + inputs * indices.length) * strip;
  for (let out = 0; out < outputs; out++) {
    let to = Math.floor(out / strip) * size + out % strip;
    strips[to] = bias ? bias[group * outputs + out]! : 0;
    for (let channel = 0; channel < inputs; channel++) {
      const from = first + out * output + channel * input;
      for (let tap = 0; tap < indices.length; tap++) {
        to += strip;
        strips[to] = weights[from + indices[tap]!]!;
      }
    }
  }
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
