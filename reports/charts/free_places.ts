/**
 * Places for words beside points, so that no two lie on each other.
 *
 * @module
 */

/** A point with words, in pixels from the top left. */
export interface Worded {
  /** What is written. */
  readonly text: string;
  /** Place of the point. */
  readonly x: number;
  /** Place of the point. */
  readonly y: number;
}

/** Where words go. */
export interface FreePlace {
  /** Left end of the words. */
  readonly left: number;
  /** Their middle. */
  readonly middle: number;
}

/** About what a letter and a line take at the size of labels, in pixels. */
const LETTER = 6.4;
const LINE = 14;

/** Rows above and below a point that are tried, the nearest first. */
const ROWS = [-1, 1, -2, 2, -3, 3, -4, 4];

/** A place for each, in their order: right of the point or left of it, as near as the others allow. */
export function freePlaces(
  points: readonly Worded[],
  { width, height }: { readonly width: number; readonly height: number },
): FreePlace[] {
  const taken: { left: number; right: number; middle: number }[] = points
    .map(({ x, y }) => ({ left: x - 6, right: x + 6, middle: y }));
  return points.map(({ text, x, y }) => {
    const size = LETTER * text.length;
    const tried = ROWS.flatMap((row) =>
      [x + 4, x - 4 - size].map((left) => ({ left, right: left + size, middle: y + LINE * row }))
    ).filter(({ left, right, middle }) =>
      left >= 0 && right <= width && middle >= 0 && middle <= height
    );
    const free = tried.find((one) =>
      taken.every((other) =>
        one.right < other.left || other.right < one.left ||
        Math.abs(one.middle - other.middle) >= LINE - 0.5
      )
    );
    // Where everything is taken, words on words are better than none.
    const place = free ?? tried[0] ?? { left: x + 4, right: x + 4 + size, middle: y };
    taken.push(place);
    return { left: place.left, middle: place.middle };
  });
}
