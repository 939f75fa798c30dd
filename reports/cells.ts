/**
 * Ids of cells as people read them: only what differs between the cells of a page, in natural order.
 *
 * @module
 */

/**
 * A short name for each cell: the words that not all of them share, `batch=8` written `batch 8`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const names = shortCells(["bert f32 batch=1 seq=128", "bert f32 batch=8 seq=128"]);
 * assertEquals(names.get("bert f32 batch=8 seq=128"), "batch 8");
 * ```
 */
export function shortCells(cells: readonly string[]): ReadonlyMap<string, string> {
  const words = new Map([...new Set(cells)].map((cell) => [cell, cell.split(" ")]));
  const [first = []] = words.values();
  const shared = (word: string, place: number): boolean =>
    words.values().every((other) => other[place] === word);
  const common = new Set(first.flatMap((word, place) => shared(word, place) ? [place] : []));
  return new Map(
    words.entries().map(([cell, all]) => {
      const own = all.filter((_, place) => !common.has(place));
      // A single cell shares everything with itself; its options say most.
      const told = own.length > 0 ? own : all.filter((word) => word.includes("="));
      return [cell, (told.length > 0 ? told : all).join(" ").replaceAll("=", " ")];
    }),
  );
}

/** What all cells share, e.g. `bert-mini f32 4x1 0.9 seq=128`; empty if nothing. */
export function sharedWords(cells: readonly string[]): string {
  const [first, ...others] = [...new Set(cells)].map((cell) => cell.split(" "));
  return (first ?? []).filter((word, place) => others.every((other) => other[place] === word))
    .join(" ");
}

/** Order of cells in which `batch=8` stands before `batch=32`. */
export function byCell(a: string, b: string): number {
  const [left, right] = [a, b].map((cell) => cell.split(/(\d+(?:\.\d+)?)/));
  for (const [place, word] of left!.entries()) {
    const other = right![place];
    if (other === undefined) return 1;
    if (word === other) continue;
    const difference = Number(word) - Number(other);
    if (place % 2 === 1 && difference !== 0) return difference;
    return word < other ? -1 : 1;
  }
  return left!.length - right!.length;
}
