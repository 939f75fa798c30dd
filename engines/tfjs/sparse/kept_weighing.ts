/**
 * Gradients of convolutions by kept weights alone.
 *
 * @module
 */
import { type Range, rangesOf, sharesOf } from "../../ranges.ts";
import { channelOffset, chunkBytes } from "../cells.ts";
import { windowTaps } from "../convolution_geometry.ts";
import type { ConvolutionSizes } from "../convolution_loops.ts";
import type { Site, Weigher, WeighPlanes, Worker } from "../convolution_site.ts";
import { cellBytes } from "../interleave_kernels.ts";
import { mostColumns, weighKept, type WeighTile } from "./cell_kernels.ts";
import { type KeptRows, rememberer } from "./kept_weights.ts";

const FLOAT = 4;

const remember = rememberer<Groups>();

/** Prepares the gradient by kept weights; that by others is 0. */
export function prepareKeptWeigher(
  site: Site,
  sizes: ConvolutionSizes,
  planes: WeighPlanes,
  rows: KeptRows,
): Weigher {
  const { backend, lanes, workspace } = site;
  const key = JSON.stringify([lanes, planes, sizes.window]);
  const groups = remember(rows, key, () => listGroups(lanes, sizes, planes, rows));
  const { list, places } = groups;
  const address = workspace.take(list.length);
  backend.uint32(address, list.length).set(list);
  return {
    length: places.length,
    run: (workers) => weighRound(site, sizes, planes, groups, address, workers),
    unpack(sums, dWeights): void {
      dWeights.fill(0);
      for (let i = 0; i < places.length; i++) {
        const place = places[i]!;
        if (place < 0) continue;
        let sum = 0;
        for (const part of sums) sum += part[i]!;
        dWeights[place] = sum;
      }
    },
  };
}

/** What a group of columns costs beside its multiply-adds, counted in these. */
const GROUP_COST = 3;

/** As many columns as cost least, since the last group of a block is filled up; blocks that are too high for the registers are cut. */
function chooseTile(
  lanes: number,
  { window: { strides, output: [, cols] } }: ConvolutionSizes,
  { height, starts }: KeptRows,
): WeighTile {
  const cut = lanes === 16 ? height : Math.min(2, height);
  let best = { columns: 1, cost: Infinity };
  for (let columns = 1; columns <= mostColumns(lanes, cut); columns++) {
    let groups = 0;
    for (let block = 0; block + 1 < starts.length; block++) {
      groups += Math.ceil((starts[block + 1]! - starts[block]!) / columns);
    }
    const cost = groups * (cut * columns + GROUP_COST);
    if (cost < best.cost) best = { columns, cost };
  }
  const pixels = [4, 3, 2, 1].find((pixels) => cols % pixels === 0)!; // 1 divides
  return { height: cut, columns: best.columns, pixels, step: strides[1] };
}

/** Groups of columns as the kernel reads them. */
interface Groups {
  readonly tile: WeighTile;
  /** For each group where its rows and columns lie. */
  readonly list: Uint32Array;
  /** The weight that each sum belongs to; -1 where a group is filled up. */
  readonly places: Int32Array;
}

function listGroups(
  lanes: number,
  sizes: ConvolutionSizes,
  { x, dy }: WeighPlanes,
  rows: KeptRows,
): Groups {
  const { inputs, outputs, window: { kernel } } = sizes;
  const tile = chooseTile(lanes, sizes, rows);
  const { height, columns } = tile;
  const taps = windowTaps(sizes, x);
  const perGroup = outputs / rows.height;
  const [list, places]: [number[], number[]] = [[], []];
  /** One group: columns `first` to `end` of rows from `row` on. */
  function add(group: number, row: number, first: number, end: number): void {
    // Groups are filled up by their first column.
    const taken = Array.from({ length: columns }, (_, i) => first + i < end ? first + i : first);
    list.push(channelOffset(dy, lanes, group, row));
    for (const column of taken) {
      const tap = taps[rows.taps[column]!]!.cells * cellBytes(lanes);
      list.push(channelOffset(x, lanes, group, rows.channels[column]!) + tap);
    }
    for (let r = row; r < row + height; r++) {
      taken.forEach((column, i) => {
        const channel = (group * outputs + r) * inputs + rows.channels[column]!;
        places.push(first + i < end ? channel * kernel[0] * kernel[1] + rows.taps[column]! : -1);
      });
    }
  }
  for (let block = 0; block + 1 < rows.starts.length; block++) {
    const row = block % perGroup * rows.height;
    const end = rows.starts[block + 1]!;
    for (let within = 0; within < rows.height; within += height) {
      for (let first = rows.starts[block]!; first < end; first += columns) {
        add(Math.floor(block / perGroup), row + within, first, Math.min(end, first + columns));
      }
    }
  }
  return { tile, list: Uint32Array.from(list), places: Int32Array.from(places) };
}

/** Bytes of cells that are read again and again before the next: half of a second-level cache of 1 MiB. */
const BAND_BYTES = 2 ** 19;
/** Pixels over which sums are vectors; then their lanes are added, which takes about as long as 10. */
const LEAST_PIXELS = 64;

/** Pixels of a row: their lines and those of the windows around them, all in few sets of a first-level cache, stay there. */
const MOST_COLS = 16;

/** Rows and columns of some chunks. */
interface Band {
  readonly chunk: number;
  readonly chunks: number;
  readonly rows: Range;
  readonly cols: Range;
}

/** Cuts chunks into bands that stay cached, or puts some together where they have few pixels; the last may have fewer. */
function bandsOf(
  chunks: number,
  [rows, cols]: readonly [number, number],
  { pixels }: WeighTile,
  chunkBytes: number,
): readonly Band[] {
  const together = Math.ceil(LEAST_PIXELS / (rows * cols));
  const across = sharesOf(cols / pixels, Math.ceil(cols / MOST_COLS))
    .map(({ from, to }) => ({ from: from * pixels, to: to * pixels }));
  const wanted = together > 1 ? 1 : Math.ceil(chunkBytes / BAND_BYTES);
  const most = Math.max(1, Math.floor(rows * cols / across.length / LEAST_PIXELS));
  const down = sharesOf(rows, Math.min(wanted, most));
  return Array.from(
    { length: Math.ceil(chunks / together) },
    (_, i) =>
      down.flatMap((rows) =>
        across.map((cols) => ({ chunk: i * together, chunks: together, rows, cols }))
      ),
  ).flat();
}

function weighRound(
  { backend, lanes, bind }: Site,
  { window: { strides, output: [rows, cols] } }: ConvolutionSizes,
  { x, dy }: WeighPlanes,
  { tile, list }: Groups,
  address: number,
  workers: readonly Worker[],
): void {
  const kernel = bind(weighKept(backend.target, lanes, tile));
  const bytes = cellBytes(lanes);
  const [xBytes, dyBytes] = [x, dy].map((plane) => chunkBytes(plane, lanes)) as [number, number];
  const [xRowBytes, dyRowBytes] = [strides[0] * x.pitch * bytes, cols * bytes];
  const perWorker = Math.max(1, Math.floor(backend.threads / workers.length));
  const { height, columns, pixels } = tile;
  const groups = list.length / (1 + columns);
  // Workers at the end of a batch may have fewer chunks.
  const most = Math.max(...workers.map(({ chunks }) => chunks));
  for (const band of bandsOf(most, [rows, cols], tile, xBytes + dyBytes)) {
    const { chunk, chunks } = band;
    const [tall, wide] = [band.rows.to - band.rows.from, band.cols.to - band.cols.from];
    kernel.together(workers.flatMap((worker) => {
      const present = Math.min(chunks, worker.chunks - chunk);
      if (present <= 0) return [];
      return rangesOf(groups, perWorker).map(({ from, to }) => ({
        x: worker.x + chunk * xBytes + band.rows.from * xRowBytes +
          band.cols.from * strides[1] * bytes,
        dy: worker.dy + chunk * dyBytes + band.rows.from * dyRowBytes + band.cols.from * bytes,
        list: address + from * (1 + columns) * FLOAT,
        sums: worker.sums + from * height * columns * FLOAT,
        groups: to - from,
        chunks: present,
        rows: tall,
        turns: wide / pixels,
        xRowBytes,
        xColBytes: wide * strides[1] * bytes,
        xChunkGap: xBytes - tall * xRowBytes,
        dyRowGap: (cols - wide) * bytes,
        dyChunkGap: dyBytes - tall * dyRowBytes,
      }));
    }));
  }
}
