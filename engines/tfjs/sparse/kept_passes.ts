/**
 * Passes of convolutions that go over kept weights alone.
 *
 * @module
 */
import { type Range, sharesOf } from "../../ranges.ts";
import type { Pass } from "../convolution_geometry.ts";
import type { RunPass, Scratch, Site, Task, Weights } from "../convolution_site.ts";
import { cellBytes } from "../interleave_kernels.ts";
import { type CellTile, convolveKept, mostPixels } from "./cell_kernels.ts";
import { type KeptPass, type KeptStream, layStream } from "./kept_stream.ts";
import { type KeptRows, rememberer } from "./kept_weights.ts";
import { move } from "./pattern.ts";

/** A pass and how it is computed, whatever the weights are. */
interface PlannedPass {
  readonly pass: KeptPass;
  readonly stream: KeptStream;
}

const remember = rememberer<readonly PlannedPass[]>();

/** Prepares the passes of a task. Those that no weight takes part in write the biases. */
export function prepareKeptPasses(
  site: Site,
  task: Task,
  rows: KeptRows,
  weights: Weights,
): readonly RunPass[] {
  const { lanes } = site;
  const planned = remember(
    rows,
    JSON.stringify([lanes, task]),
    () =>
      task.passes.map(joinPass).map((steps): PlannedPass => {
        const tile = chooseTile(steps, mostPixels(lanes, rows.height), rows.height);
        const pass = { from: task.from, to: task.to, steps, tile, rows };
        return { pass, stream: layStream(pass, lanes, weights.weightOf) };
      }),
  );
  return planned.map(({ pass, stream }) => {
    const address = fillStream(site, stream, weights);
    return (scratch) => runPass(site, pass, stream, address, scratch);
  });
}

/** Brings a stream into memory with what weights are now. */
function fillStream({ backend, workspace }: Site, stream: KeptStream, weights: Weights): number {
  const { length } = stream.words;
  const address = workspace.take(length);
  backend.uint32(address, length).set(stream.words);
  const values = backend.float32(address, length);
  move(stream.weights, weights.weights, values);
  if (weights.bias) move(stream.biases, weights.bias, values);
  return address;
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

/** One pass for several chunks side by side. */
function runPass(
  { backend, lanes, bind }: Site,
  { steps, tile, rows: { height } }: KeptPass,
  { first, more }: KeptStream,
  stream: number,
  scratch: readonly Scratch[],
): void {
  const kernel = bind(convolveKept(backend.target, lanes, height, tile));
  const { x, y, rows, cols } = steps;
  const bytes = cellBytes(lanes);
  const values = {
    stream,
    first,
    more,
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
