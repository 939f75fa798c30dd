/**
 * Trials of the kernels that look at each value by itself or only move it.
 *
 * @module
 */
import {
  clearPads,
  elementwise,
  embed,
  embedScratchBytes,
  type PostOp,
  scatterCells,
} from "../ops/mod.ts";
import { referenceEmbed, referencePostOp } from "../reference/mod.ts";
import { assertClose, type Bench, call, P, type Trial, uniform } from "./trial.ts";

/** Trials of `elementwise`. */
export function elementwiseTrials(bench: Bench, post: PostOp): Trial[] {
  return [16, 64 * 13, 1 << 14].map((length) => elementwiseTrial(bench, length, post));
}

/** Trials of `embed`: sizes around vectors of every target and around the 8 rows moved at once. */
export function embedTrials(bench: Bench): Trial[] {
  return [1, 7, 8, 16, 17, 67].map((hidden) => embedTrial(bench, hidden));
}

/** Trials of `clearPads`: with something in front, behind, on both sides and on none. */
export function clearTrials(bench: Bench): Trial[] {
  return ([[16, 32, 48], [0, 16, 48], [32, 48, 48], [0, 48, 48]] as const).map((cells) =>
    clearTrial(bench, cells)
  );
}

function clearTrial(
  { target, arena, random }: Bench,
  [front, behind, end]: readonly [number, number, number],
): Trial {
  const [channels, cells] = [3, 48];
  const before = uniform(random, channels * cells);
  const x = arena.inout(before);
  const named = { x, channelBytes: 4 * cells, channels, front, behind, end };
  return {
    steps: [call(clearPads({ target }), named)],
    prove: () => {
      const expected = Float64Array.from(before, (value, i) => {
        const cell = i % cells;
        return cell < front || (cell >= behind && cell < end) ? 0 : value;
      });
      const what = `${front} cells, then ${behind} to ${end}`;
      assertClose(arena.read(x, before.length), expected, expected.map(() => 0), what);
    },
  };
}

/** Trials of `scatterCells`: next to each other, and into a lane of a panel. */
export function scatterTrials(bench: Bench): Trial[] {
  return [scatterTrial(bench, 1), scatterTrial(bench, P)];
}

function scatterTrial({ target, arena, random }: Bench, distance: number): Trial {
  const [channels, rows, cells, rowCells, channelCells] = [3, 2, 5, 7, 20];
  const planes = uniform(random, channels * channelCells);
  const before = uniform(random, channels * rows * cells * distance);
  const y = arena.inout(before);
  const named = {
    x: arena.input(planes),
    xRowBytes: 4 * rowCells,
    xChannelBytes: 4 * channelCells,
    y,
    yCellBytes: 4 * distance,
    channels,
    rows,
    cells,
  };
  return {
    steps: [call(scatterCells({ target }), named)],
    prove: () => {
      const expected = Float64Array.from(before);
      for (let i = 0; i < channels * rows * cells; i++) {
        const [channel, row, cell] = [
          Math.floor(i / rows / cells),
          Math.floor(i / cells) % rows,
          i % cells,
        ];
        expected[i * distance] = planes[channel * channelCells + row * rowCells + cell]!;
      }
      const what = `${distance} floats apart`;
      assertClose(arena.read(y, before.length), expected, expected.map(() => 0), what);
    },
  };
}

function elementwiseTrial(
  { target, arena, random }: Bench,
  length: number,
  post: PostOp,
): Trial {
  const x = uniform(random, length).map((value) => 10 * value);
  const y = arena.output(length);
  return {
    steps: [call(elementwise({ target, post }), { x: arena.input(x), y, length })],
    prove: () => {
      const expected = Float64Array.from(x, (value) => referencePostOp(post, value));
      assertClose(arena.read(y, length), expected, expected.map(() => 5e-7), `${length} floats`);
    },
  };
}

function embedTrial({ target, arena, random }: Bench, hidden: number): Trial {
  const lookUp = (rows: number): { table: Float32Array; ids: number[] } => ({
    table: uniform(random, rows * hidden),
    ids: Array.from({ length: P }, () => random.integer(rows)),
  });
  const [words, positions, types] = [lookUp(11), lookUp(5), lookUp(2)];
  const place = ({ table, ids }: { table: Float32Array; ids: number[] }): [number, number] => [
    arena.input(table),
    arena.input(Uint32Array.from(ids, (id) => id * hidden * 4)),
  ];
  const [[word, wordOffsets], [position, positionOffsets], [type, typeOffsets]] = [
    place(words),
    place(positions),
    place(types),
  ];
  const y = arena.output(hidden * P);
  const step = call(embed({ target, hidden }), {
    words: word,
    wordOffsets,
    positions: position,
    positionOffsets,
    types: type,
    typeOffsets,
    scratch: arena.output(embedScratchBytes(hidden) / 4),
    y,
  });
  return {
    steps: [step],
    prove: () => {
      const expected = referenceEmbed([words, positions, types], hidden);
      const tolerance = expected.map(() => 3e-7);
      assertClose(arena.read(y, hidden * P), expected, tolerance, `hidden ${hidden}`);
    },
  };
}
