/**
 * Passes of convolutions that go over kept weights alone.
 *
 * @module
 */
import { type Range, sharesOf } from "../../ranges.ts";
import type { CellPlane, Pass } from "../convolution_geometry.ts";
import type { RunPass, Scratch, Site, Task, Weights } from "../convolution_site.ts";
import { BLOCK, cellBytes } from "../interleave_kernels.ts";
import { type CellTile, convolveKept, mostPixels } from "./cell_kernels.ts";
import type { KeptRows } from "./kept_weights.ts";

const FLOAT = 4;

/** Bytes of what a tile reads of a section: with weights and sums, they stay in a first-level cache of 32 KiB. */
const SECTION_BYTES = 40 * 2 ** 10;
/** Columns of a block in a section: fewer do not make up for the sums that wait. */
const LEAST_COLUMNS = 32;

/** Prepares the passes of a task. Those that no weight takes part in write the biases. */
export function prepareKeptPasses(
  site: Site,
  { from, to, passes }: Task,
  rows: KeptRows,
  weights: Weights,
): readonly RunPass[] {
  return passes.map(joinPass).map((pass) => {
    const tile = chooseTile(pass, mostPixels(site.lanes, rows.height), rows.height);
    const stream = packStream(site, { from, to, pass, tile, rows }, weights);
    return (scratch) => runPass(site, { from, to, pass, tile, rows }, stream, scratch);
  });
}

/** A pass and what it works on. */
interface KeptPass {
  readonly from: CellPlane;
  readonly to: CellPlane;
  readonly pass: Pass;
  readonly tile: CellTile;
  readonly rows: KeptRows;
}

/** The same pixels as one row, where neither inputs nor results have gaps between rows. */
function joinPass(pass: Pass): Pass {
  const { rows, cols, x, y } = pass;
  if (x.row !== cols * x.col || y.row !== cols * y.col) return pass;
  return { ...pass, rows: 1, cols: rows * cols };
}

/** What a column costs beside its multiply-adds, counted in these. */
const COLUMN_COST = 3;

/** The tile that costs least: the last of a row may compute pixels of the one before again, rows come out even. */
export function chooseTile(pass: Pass, most: number, height: number): CellTile {
  const { rows, cols, x, y } = pass;
  let best = { rows: 1, cols: 1, cost: Infinity };
  for (let width = 1; width <= Math.min(most, cols); width++) {
    for (let tall = 1; tall * width <= most && tall <= rows; tall++) {
      if (rows % tall !== 0) continue;
      const tiles = Math.ceil(cols / width) * rows / tall;
      const cost = tiles * (height * tall * width + COLUMN_COST);
      // Of equals the widest, whose pixels lie together.
      if (cost <= best.cost) best = { rows: tall, cols: width, cost };
    }
  }
  const steps = ({ row, col }: Pass["x"]): CellTile["x"] => ({ row, col });
  return { rows: best.rows, cols: best.cols, x: steps(x), y: steps(y) };
}

/** Channels whose cells that a tile reads stay cached. */
function sectionChannels(lanes: number, kept: KeptPass): number {
  const { from, tile, pass: { taps, x }, rows: { channels, starts, window } } = kept;
  // Taps of a window row are neighbours, and so are their cells.
  const tall = Math.max(1, new Set(taps.map(({ cells }) => Math.floor(cells / x.row))).size);
  const wide = Math.ceil(taps.length / tall);
  const cells = (tall + tile.rows - 1) * ((tile.cols - 1) * tile.x.col + wide);
  const cached = Math.floor(SECTION_BYTES / (cells * lanes * FLOAT));
  const columns = channels.length / (starts.length - 1) * taps.length / window;
  const wanted = Math.max(1, cached, Math.ceil(from.channels * LEAST_COLUMNS / columns));
  return Math.min(from.channels, wanted);
}

/** Blocks of rows in memory, as the kernel reads them. */
interface Stream {
  readonly address: number;
  /** Blocks of the first section. */
  readonly first: number;
  /** Blocks of the others. */
  readonly more: number;
}

function packStream(site: Site, kept: KeptPass, weights: Weights): Stream {
  const { backend, lanes, workspace } = site;
  const { from, to, pass, rows: { height, window, starts, channels, taps } } = kept;
  const blocks = starts.length - 1;
  const perGroup = blocks / from.groups;
  const section = sectionChannels(lanes, kept);
  const sections = Math.ceil(from.channels / section);
  const length = blocks * (2 * sections + height) + channels.length * (1 + height);
  const address = workspace.take(length);
  const words = backend.uint32(address, length);
  const floats = backend.float32(address, length);
  const bytes = cellBytes(lanes);
  const offsetOf = ({ cells }: CellPlane, block: number, channel: number): number =>
    (block + Math.floor(channel / BLOCK)) * cells * bytes + channel % BLOCK * lanes * FLOAT;
  const places = new Int32Array(window).fill(-1);
  for (const { index, cells } of pass.taps) places[index] = cells * bytes;
  const layouts = Array.from({ length: from.groups }, (_, group) => weights.weightOf(group));
  const next = starts.slice(0, blocks);
  let [at, more] = [0, 0];
  for (let part = 0; part < sections; part++) {
    const end = (part + 1) * section;
    for (let block = 0; block < blocks; block++) {
      const group = Math.floor(block / perGroup);
      const row = block % perGroup * height;
      const { first, output, input, bias } = layouts[group]!;
      const head = at;
      words[at] = offsetOf(to, group * to.blocks, row);
      at += 2;
      if (part === 0) { for (let r = 0; r < height; r++) floats[at++] = bias?.[row + r] ?? 0; }
      let [i, count] = [next[block]!, 0];
      for (; i < starts[block + 1]! && channels[i]! < end; i++) {
        const [channel, tap] = [channels[i]!, taps[i]!];
        if (places[tap]! < 0) continue;
        words[at++] = offsetOf(from, group * from.blocks, channel) + places[tap]!;
        const weight = first + row * output + channel * input + tap;
        for (let r = 0; r < height; r++) floats[at++] = weights.weights[weight + r * output]!;
        count++;
      }
      next[block] = i;
      words[head + 1] = count;
      // A block that has nothing to add in a later section is left out.
      if (part > 0 && count === 0) at = head;
      else if (part > 0) more++;
    }
  }
  return { address, first: blocks, more };
}

/** One pass for several chunks side by side. */
function runPass(
  { backend, lanes, bind }: Site,
  { pass, tile, rows: { height } }: KeptPass,
  stream: Stream,
  scratch: readonly Scratch[],
): void {
  const kernel = bind(convolveKept(backend.target, lanes, height, tile));
  const { x, y, rows, cols } = pass;
  const bytes = cellBytes(lanes);
  const values = {
    stream: stream.address,
    first: stream.first,
    more: stream.more,
    xTileBytes: tile.cols * x.col * bytes,
    yTileBytes: tile.cols * y.col * bytes,
    xRowBytes: tile.rows * x.row * bytes,
    yRowBytes: tile.rows * y.row * bytes,
  };
  const perChunk = Math.max(1, Math.floor(backend.threads / scratch.length));
  const rowTiles = rows / tile.rows;
  const whole = { from: 0, to: rowTiles };
  function runTiles(tiles: Range, col: number): void {
    // Threads share the rows, or the tiles of the only one.
    const parts: readonly (readonly [Range, Range])[] = rowTiles > 1
      ? sharesOf(rowTiles, perChunk).map((part) => [part, tiles])
      : sharesOf(tiles.to - tiles.from, perChunk).map((part) => [whole, part]);
    kernel.together(scratch.flatMap((chunk) =>
      parts.map(([rows, { from, to }]) => ({
        ...values,
        x: chunk.from +
          (x.first + rows.from * tile.rows * x.row + (from * tile.cols + col) * x.col) * bytes,
        y: chunk.to +
          (y.first + rows.from * tile.rows * y.row + (from * tile.cols + col) * y.col) * bytes,
        rowTiles: rows.to - rows.from,
        tiles: to - from,
      }))
    ));
  }
  const tiles = Math.floor(cols / tile.cols);
  runTiles({ from: 0, to: tiles }, 0);
  // The last tile of a row that does not come out even begins earlier.
  if (cols % tile.cols > 0) runTiles({ from: 0, to: 1 }, cols - tile.cols);
}
