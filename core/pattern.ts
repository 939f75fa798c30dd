/**
 * Sparsity patterns: which positions of a weight matrix may be zero together.
 *
 * A matrix is `rows × cols`, rows = output channels (OC), cols = input channels (IC) of the flattened
 * `[OC, KH·KW·IC]` weight. Names follow the literature: `NxM` is N rows by M columns, `N:M` keeps N of M along IC.
 *
 * @module
 */

/** A sparsity pattern. */
export type Pattern =
  | { readonly kind: "dense" }
  | { readonly kind: "unstructured" }
  | { readonly kind: "block"; readonly rows: number; readonly cols: number }
  | { readonly kind: "n_of_m"; readonly n: number; readonly m: number };

/**
 * Reads a pattern's name: `dense`, `unstructured`, `4x1` (blocks of 4 along OC by 1 along IC), `2:4` (keep 2 of 4 along IC).
 *
 * @throws {SyntaxError} If the text is no pattern.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parsePattern("4x1"), { kind: "block", rows: 4, cols: 1 });
 * ```
 */
export function parsePattern(text: string): Pattern {
  if (text === "dense" || text === "unstructured") return { kind: text };
  const block = /^([1-9]\d*)x([1-9]\d*)$/.exec(text);
  if (block) return { kind: "block", rows: Number(block[1]), cols: Number(block[2]) };
  const group = /^([1-9]\d*):([1-9]\d*)$/.exec(text);
  if (group && Number(group[1]) < Number(group[2])) {
    return { kind: "n_of_m", n: Number(group[1]), m: Number(group[2]) };
  }
  throw new SyntaxError(
    `Cannot parse pattern "${text}": expected dense, unstructured, NxM such as 4x1, or N:M such as 2:4`,
  );
}

/** The name that {@linkcode parsePattern} reads. */
export function formatPattern(pattern: Pattern): string {
  switch (pattern.kind) {
    case "block":
      return `${pattern.rows}x${pattern.cols}`;
    case "n_of_m":
      return `${pattern.n}:${pattern.m}`;
    default:
      return pattern.kind;
  }
}

/**
 * Why a matrix of this size cannot carry the pattern, or `null` if it can.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(whyIndivisible(parsePattern("4x1"), 2, 256), "2 rows do not divide by 4");
 * ```
 */
export function whyIndivisible(pattern: Pattern, rows: number, cols: number): string | null {
  if (pattern.kind === "block") {
    if (rows % pattern.rows !== 0) return `${rows} rows do not divide by ${pattern.rows}`;
    if (cols % pattern.cols !== 0) return `${cols} columns do not divide by ${pattern.cols}`;
  }
  if (pattern.kind === "n_of_m" && cols % pattern.m !== 0) {
    return `${cols} columns do not divide by ${pattern.m}`;
  }
  return null;
}
