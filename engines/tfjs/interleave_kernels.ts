/**
 * Kernels that bring images into lanes and back.
 *
 * Idea: convolutions work on *cells*. A cell holds a pixel of {@linkcode BLOCK} channels of as many images as a vector has lanes, one
 * vector a channel; every shift of a window, stride and pad is then a whole number of cells, and nothing depends on how wide rows are.
 * Pixels of four images change places with four pixels of an image in registers, all groups of four lanes at once.
 *
 * Layout: `[block of channels][cell][channel][image]`; the cells of a block are the rows of the image between pads of zeros. Images
 * come as `[image][channel][pixel]`; where each begins is a parameter, and lanes without an image are zeroed by a mask.
 *
 * Cost: for four vectors, a load of 16 bytes for each lane, eight unpackings, four stores. Limits: memory, and the address of each lane.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../../kernels/mod.ts";
import { type BlockKernel, defineBlockKernel, type Load } from "./block_kernel.ts";

/** Channels of a cell. */
export const BLOCK = 4;

const FLOAT = 4;
/** Pixels that change places at once. */
const QUAD = 4;

/** Where the image of a lane begins, in bytes behind the first. */
export type LaneName = `lane${number}`;

/** The parameters of all lanes. */
export function laneNames(lanes: number): LaneName[] {
  return Array.from({ length: lanes }, (_, i) => `lane${i}` as const);
}

/** Bytes of a cell. */
export function cellBytes(lanes: number): number {
  return BLOCK * lanes * FLOAT;
}

/** Pixels that are moved in one turn where there are as many: what registers hold. */
function pixelsOfTurn(lanes: number): number {
  return lanes === 16 ? 16 : QUAD;
}

/** How a row of pixels is cut. */
export interface RowCut {
  /** Whole turns. */
  readonly turns: number;
  /** Groups of four behind them. */
  readonly quads: number;
  /** Pixels that the last group goes back, since fewer than four are left; 0: there is none. */
  readonly back: number;
}

/** Cuts a row of `width` pixels, 4 or more. */
export function cutRow(lanes: number, width: number): RowCut {
  const turn = pixelsOfTurn(lanes);
  const left = width % turn;
  return {
    turns: (width - left) / turn,
    quads: Math.floor(left / QUAD),
    back: (QUAD - left % QUAD) % QUAD,
  };
}

type InterleaveName =
  | ("from" | "to" | "mask" | "blocks" | "channels" | "channelBytes" | "blockBytes")
  | ("before" | "rows" | "between" | "after" | "turns" | "quads" | "back" | "backCells")
  | LaneName;

/**
 * Images into cells: `blocks` blocks of `channels` channels each, of `rows` rows. Cells of zeros stand `before` the first row, `between`
 * the ends of rows and the next, and `after` all. `back` and `backCells` are bytes of pixels and of cells.
 */
export function interleave(target: Target, lanes: number): BlockKernel<InterleaveName> {
  return defineBlockKernel<InterleaveName>(
    `interleave_f32_${target}_${lanes}`,
    [
      ...["from", "to", "mask", "blocks", "channels", "channelBytes", "blockBytes"] as const,
      ...["before", "rows", "between", "after", "turns", "quads", "back", "backCells"] as const,
      ...laneNames(lanes),
    ],
    (machine, load) => {
      const [from, to] = [load.address("from"), load.address("to")];
      const mask = machine.vector();
      machine.scope(() => machine.load(mask, { base: load.address("mask") }));
      machine.countDown(load.value("blocks"), () => {
        const channel = machine.scalar();
        machine.move(channel, to);
        machine.countDown(load.value("channels"), () => {
          const [source, cell] = [machine.scalar(), machine.scalar()];
          machine.move(source, from);
          machine.move(cell, channel);
          zeroCells(machine, load, "before", cell);
          machine.countDown(load.value("rows"), () => {
            interleaveRow(machine, load, source, cell, mask);
            zeroCells(machine, load, "between", cell);
          });
          zeroCells(machine, load, "after", cell);
          machine.increase(channel, lanes * FLOAT);
          machine.scope(() => machine.increase(from, load.value("channelBytes")));
        });
        machine.scope(() => machine.increase(to, load.value("blockBytes")));
      });
    },
    lanes,
  );
}

function zeroCells(
  machine: VectorMachine,
  load: Load<InterleaveName>,
  name: "before" | "between" | "after",
  cell: Scalar,
): void {
  machine.scope(() => {
    const zero = machine.vector();
    machine.zero(zero);
    machine.countDown(load.value(name), () => {
      machine.store({ base: cell }, zero);
      machine.increase(cell, cellBytes(machine.lanes));
    });
  });
}

function interleaveRow(
  machine: VectorMachine,
  load: Load<InterleaveName>,
  source: Scalar,
  cell: Scalar,
  mask: Vector,
): void {
  const turn = pixelsOfTurn(machine.lanes);
  const move = (pixels: number): void => {
    interleavePixels(machine, load, source, cell, mask, pixels);
    machine.increase(source, pixels * FLOAT);
    machine.increase(cell, pixels * cellBytes(machine.lanes));
  };
  machine.scope(() => machine.countDown(load.value("turns"), () => move(turn)));
  if (turn > QUAD) machine.scope(() => machine.countDown(load.value("quads"), () => move(QUAD)));
  machine.scope(() => {
    const back = load.value("back");
    machine.ifNonZero(back, () => {
      machine.decrease(source, back);
      machine.scope(() => machine.decrease(cell, load.value("backCells")));
      move(QUAD);
    });
  });
}

function interleavePixels(
  machine: VectorMachine,
  load: Load<InterleaveName>,
  source: Scalar,
  cell: Scalar,
  mask: Vector,
  pixels: number,
): void {
  const groups = machine.lanes / QUAD;
  machine.scope(() => {
    const quads = Array.from(
      { length: pixels / QUAD },
      () => Array.from({ length: QUAD }, () => machine.vector()),
    );
    for (let i = 0; i < QUAD; i++) {
      machine.scope(() => {
        const starts = Array.from(
          { length: groups },
          (_, group) => load.value(`lane${QUAD * group + i}`),
        );
        quads.forEach((quad, q) => {
          const disp = q * QUAD * FLOAT;
          machine.loadGroups(quad[i]!, starts.map((index) => ({ base: source, index, disp })));
        });
      });
    }
    quads.forEach((quad, q) =>
      turnQuad(machine, quad, (vector, pixel) => {
        machine.and(vector, vector, mask);
        const disp = (q * QUAD + pixel) * cellBytes(machine.lanes);
        machine.store({ base: cell, disp }, vector);
      })
    );
  });
}

/** Four vectors with rows and columns of every group of four lanes exchanged, one after the other. */
function turnQuad(
  machine: VectorMachine,
  quad: readonly Vector[],
  body: (vector: Vector, column: number) => void,
  order: readonly [0 | 2, 0 | 2] = [0, 2],
): void {
  const [a, b, c, d] = quad as readonly [Vector, Vector, Vector, Vector]; // four are made
  for (const column of order) {
    machine.scope(() => {
      const [first, second, turned] = [machine.vector(), machine.vector(), machine.vector()];
      const unpack = column === 0 ? machine.unpackLowLanes : machine.unpackHighLanes;
      unpack(first, a, b);
      unpack(second, c, d);
      const low = (): void => {
        machine.unpackLowPairs(turned, first, second);
        body(turned, column);
      };
      const high = (): void => {
        machine.unpackHighPairs(turned, first, second);
        body(turned, column + 1);
      };
      for (const half of order[0] === 0 ? [low, high] : [high, low]) half();
    });
  }
}

type SeparateName =
  | ("from" | "to" | "blocks" | "channels" | "channelBytes" | "blockBytes")
  | ("turns" | "back" | "backCells")
  | LaneName;

/**
 * Cells without pads into images: `turns` times as many pixels as there are lanes of each channel, and if `back` is not 0 once more
 * so many bytes before the end. Lanes are written from the last to the first, so that a lane without an image may have the place of the
 * first.
 */
export function separate(target: Target, lanes: number): BlockKernel<SeparateName> {
  return defineBlockKernel<SeparateName>(
    `separate_f32_${target}_${lanes}`,
    [
      ...["from", "to", "blocks", "channels", "channelBytes", "blockBytes"] as const,
      ...["turns", "back", "backCells"] as const,
      ...laneNames(lanes),
    ],
    (machine, load) => {
      const [from, to] = [load.address("from"), load.address("to")];
      machine.countDown(load.value("blocks"), () => {
        const channel = machine.scalar();
        machine.move(channel, from);
        machine.countDown(load.value("channels"), () => {
          const [cell, place] = [machine.scalar(), machine.scalar()];
          machine.move(cell, channel);
          machine.move(place, to);
          const move = (): void => {
            separatePixels(machine, load, cell, place);
            machine.increase(cell, lanes * cellBytes(lanes));
            machine.increase(place, lanes * FLOAT);
          };
          machine.scope(() => machine.countDown(load.value("turns"), move));
          machine.scope(() => {
            const back = load.value("back");
            machine.ifNonZero(back, () => {
              machine.decrease(place, back);
              machine.scope(() => machine.decrease(cell, load.value("backCells")));
              move();
            });
          });
          machine.increase(channel, lanes * FLOAT);
          machine.scope(() => machine.increase(to, load.value("channelBytes")));
        });
        machine.scope(() => machine.increase(from, load.value("blockBytes")));
      });
    },
    lanes,
  );
}

/** As many pixels of every image as there are lanes. */
function separatePixels(
  machine: VectorMachine,
  load: Load<SeparateName>,
  cell: Scalar,
  place: Scalar,
): void {
  const groups = machine.lanes / QUAD;
  const bytes = cellBytes(machine.lanes);
  for (let images = groups - 1; images >= 0; images--) {
    machine.scope(() => {
      const quad = Array.from({ length: QUAD }, (_, i) => {
        const vector = machine.vector();
        const at = (group: number): number => (QUAD * group + i) * bytes + images * QUAD * FLOAT;
        machine.loadGroups(
          vector,
          Array.from({ length: groups }, (_, group) => ({ base: cell, disp: at(group) })),
        );
        return vector;
      });
      turnQuad(machine, quad, (vector, image) => {
        machine.scope(() => {
          const index = load.value(`lane${images * QUAD + image}`);
          machine.store({ base: place, index }, vector);
        });
      }, [2, 0]);
    });
  }
}
