/**
 * Images into cells and back, for several chunks of images at once: one chunk fills the lanes of a vector.
 *
 * @module
 */
import type { Backend } from "../../kernels/mod.ts";
import { sharesOf } from "../ranges.ts";
import { bindKernel, type Workspace } from "./block_kernel.ts";
import { type CellPlane, joinRows } from "./convolution_geometry.ts";
import type { Floats } from "./loops.ts";
import { BLOCK, cellBytes, cutRow, interleave, laneNames, separate } from "./interleave_kernels.ts";

const FLOAT = 4;

/** Images that share vectors. */
export interface Chunk {
  /** The first of them. */
  readonly first: number;
  /** How many; no more than there are lanes. */
  readonly images: number;
}

/** Cuts a batch into chunks. */
export function chunksOf(images: number, lanes: number): readonly Chunk[] {
  return Array.from({ length: Math.ceil(images / lanes) }, (_, i) => ({
    first: i * lanes,
    images: Math.min(lanes, images - i * lanes),
  }));
}

/** A chunk to be moved. */
export interface ChunkMove extends Chunk {
  /** Address of its cells. */
  readonly cells: number;
}

/** A tensor `[images, channels, H, W]` that kernels reach. */
export interface Placed {
  /** Where it begins. */
  readonly address: number;
  /** Its elements, at that place. */
  readonly floats: Floats;
}

/** Moves chunks. */
export interface CellMover {
  /** Images into cells, with zeros as pads and for lanes without an image. Channels that a block lacks are left as they are. */
  interleave(plane: CellPlane, tensor: Placed, moves: readonly ChunkMove[]): void;
  /** Cells, without pads, into images. */
  separate(plane: CellPlane, tensor: Placed, moves: readonly ChunkMove[]): void;
}

/** Bytes of a chunk's cells. */
export function chunkBytes({ groups, blocks, cells }: CellPlane, lanes: number): number {
  return groups * blocks * cells * cellBytes(lanes);
}

/** Bytes from the cells of a chunk to those of a channel of a group, with the pads before them. */
export function channelOffset(
  { blocks, cells }: CellPlane,
  lanes: number,
  group: number,
  channel: number,
): number {
  const block = group * blocks + Math.floor(channel / BLOCK);
  return block * cells * cellBytes(lanes) + channel % BLOCK * lanes * FLOAT;
}

/** Blocks that lie as their channels do, one after the other. */
interface Run {
  readonly channel: number;
  readonly block: number;
  readonly blocks: number;
  /** Channels of each block. */
  readonly channels: number;
}

/** Runs that make up a plane. Blocks that no channel fills belong to none. */
function runsOf({ groups, channels, blocks }: CellPlane): readonly Run[] {
  const [full, rest] = [Math.floor(channels / BLOCK), channels % BLOCK];
  if (full === blocks) return [{ channel: 0, block: 0, blocks: groups * blocks, channels: BLOCK }];
  if (blocks === 1) return [{ channel: 0, block: 0, blocks: groups, channels }];
  return Array.from({ length: groups }, (_, group) => {
    const [channel, block] = [group * channels, group * blocks];
    return [
      { channel, block, blocks: full, channels: BLOCK },
      { channel: channel + full * BLOCK, block: block + full, blocks: 1, channels: rest },
    ].filter(({ blocks, channels }) => blocks > 0 && channels > 0);
  }).flat();
}

/** Emits the kernels for vectors of `lanes` lanes. The workspace is opened after this. */
export function bindCells(backend: Backend, lanes: number): (workspace: Workspace) => CellMover {
  const { target, threads } = backend;
  const runs = {
    interleave: bindKernel(backend, interleave(target, lanes)),
    separate: bindKernel(backend, separate(target, lanes)),
  };
  const bytes = cellBytes(lanes);
  /** Where the images of a chunk's lanes begin, behind the first of them; lanes without one have its place. */
  function laneStarts({ images }: Chunk, imageBytes: number): Record<string, number> {
    return Object.fromEntries(
      laneNames(lanes).map((name, i) => [name, i < images ? i * imageBytes : 0]),
    );
  }
  /** Runs a kernel for all chunks, with the threads that are left sharing the blocks of each. */
  function share(
    plane: CellPlane,
    moves: readonly ChunkMove[],
    partOf: (move: ChunkMove, run: Run) => Record<string, number>,
    together: (parts: readonly Record<string, number>[]) => void,
  ): void {
    const perChunk = Math.max(1, Math.floor(threads / moves.length));
    for (const run of runsOf(plane)) {
      together(
        moves.flatMap((move) =>
          sharesOf(run.blocks, perChunk).map(({ from, to }) =>
            partOf(move, {
              ...run,
              channel: run.channel + from * run.channels,
              block: run.block + from,
              blocks: to - from,
            })
          )
        ),
      );
    }
  }
  return (workspace) => ({
    interleave(plane, tensor, moves): void {
      const rows = joinRows(plane);
      if (rows.width < BLOCK) return interleavePlainly(backend, lanes, plane, tensor, moves);
      const { turns, quads, back } = cutRow(lanes, rows.width);
      const pixels = plane.height * plane.width;
      const imageBytes = plane.groups * plane.channels * pixels * FLOAT;
      const masks = new Map(moves.map(({ images }) => [images, 0]));
      for (const images of masks.keys()) {
        const mask = workspace.take(lanes);
        backend.uint32(mask, lanes).fill(0).fill(0xffff_ffff, 0, images);
        masks.set(images, mask);
      }
      share(plane, moves, (move, { channel, block, blocks, channels }) => ({
        from: tensor.address + move.first * imageBytes + channel * pixels * FLOAT,
        to: move.cells + block * plane.cells * bytes,
        mask: masks.get(move.images)!,
        blocks,
        channels,
        channelBytes: pixels * FLOAT,
        blockBytes: plane.cells * bytes,
        before: rows.before,
        rows: rows.height,
        between: rows.pitch - rows.width,
        after: rows.after,
        turns,
        quads,
        back: back * FLOAT,
        backCells: back * bytes,
        ...laneStarts(move, imageBytes),
      }), runs.interleave.together);
    },
    separate(plane, tensor, moves): void {
      const pixels = plane.height * plane.width;
      if (pixels < lanes) return separatePlainly(backend, lanes, plane, tensor, moves);
      const imageBytes = plane.groups * plane.channels * pixels * FLOAT;
      const back = (lanes - pixels % lanes) % lanes;
      share(plane, moves, (move, { channel, block, blocks, channels }) => ({
        from: move.cells + block * plane.cells * bytes,
        to: tensor.address + move.first * imageBytes + channel * pixels * FLOAT,
        blocks,
        channels,
        channelBytes: pixels * FLOAT,
        blockBytes: plane.cells * bytes,
        turns: Math.floor(pixels / lanes),
        back: back * FLOAT,
        backCells: back * bytes,
        ...laneStarts(move, imageBytes),
      }), runs.separate.together);
    },
  });
}

/** Runs `body` for every pixel of a chunk: with its place in the tensor, and in the cells. */
function forEachPixel(
  lanes: number,
  { groups, channels, blocks, height, width, before, pitch, cells }: CellPlane,
  { first, images }: Chunk,
  body: (at: number, place: number) => void,
): void {
  let at = first * groups * channels * height * width;
  for (let image = 0; image < images; image++) {
    for (let channel = 0; channel < groups * channels; channel++) {
      const within = channel % channels;
      const block = Math.floor(channel / channels) * blocks + Math.floor(within / BLOCK);
      for (let row = 0; row < height; row++) {
        const cell = block * cells + before + row * pitch;
        for (let col = 0; col < width; col++) {
          body(at++, ((cell + col) * BLOCK + within % BLOCK) * lanes + image);
        }
      }
    }
  }
}

/** For rows that are shorter than what the kernel moves at once. */
function interleavePlainly(
  backend: Backend,
  lanes: number,
  plane: CellPlane,
  { floats }: Placed,
  moves: readonly ChunkMove[],
): void {
  for (const move of moves) {
    const cells = backend.float32(move.cells, chunkBytes(plane, lanes) / FLOAT).fill(0);
    forEachPixel(lanes, plane, move, (at, place) => cells[place] = floats[at]!);
  }
}

/** For images that have fewer pixels than vectors have lanes. */
function separatePlainly(
  backend: Backend,
  lanes: number,
  plane: CellPlane,
  { floats }: Placed,
  moves: readonly ChunkMove[],
): void {
  for (const move of moves) {
    const cells = backend.float32(move.cells, chunkBytes(plane, lanes) / FLOAT);
    forEachPixel(lanes, plane, move, (at, place) => floats[at] = cells[place]!);
  }
}
