/**
 * Sparsity patterns: which positions of a weight matrix may be zero together.
 *
 * A matrix is `rows × cols`, rows = output channels (OC, the Y axis of the talk), cols = input channels (IC, its X axis)
 * of the flattened `[OC, KH·KW·IC]` weight. `pattern_name.ts` has the names of all patterns in one table.
 *
 * @module
 */

/** A sparsity pattern. */
export type Pattern =
  | { readonly kind: "dense" }
  | { readonly kind: "unstructured" }
  | BlockPattern
  | NOfMPattern
  | PartitionedPattern
  | ComplementaryPattern;

/** Blocks of neighbours that are kept or zero as a whole. */
export interface BlockPattern {
  /** Discriminates. */
  readonly kind: "block";
  /** Output channels of a block. */
  readonly rows: number;
  /** Input channels of a block. */
  readonly cols: number;
  /** What a document calls it, where that is not `<rows>x<cols>`, e.g. `dlrm-4x16` for 16 rows by 4 columns. */
  readonly name?: string;
}

/** At most N of every M neighbours along IC are kept. */
export interface NOfMPattern {
  /** Discriminates. */
  readonly kind: "n_of_m";
  /** Most weights of a group that are kept. */
  readonly n: number;
  /** Weights of a group. */
  readonly m: number;
}

/**
 * Equal partitions along an axis, of which each keeps exactly as many blocks as the others.
 *
 * With axis `x` the partitions are runs of blocks along IC, in every row of blocks; with `y` runs along OC, in every
 * column of blocks; with `xy` both at once, so that every square of partition by partition blocks is doubly regular.
 */
export interface PartitionedPattern {
  /** Discriminates. */
  readonly kind: "partitioned";
  /** Along which axis the partitions lie. */
  readonly axis: "x" | "y" | "xy";
  /** Blocks of a partition. */
  readonly partition: number;
  /** Blocks that each partition keeps, from 1 to `partition`. */
  readonly keep: number;
  /** The unit that is counted; 1 by 1 for single weights. */
  readonly block: Size;
}

/**
 * Sets of neighbouring rows (kernels) whose non-zeros do not collide and together cover every column, each kernel with
 * as many as the others.
 *
 * Where a kernel also has one in every run of `kernels` columns, the set is `partitioned-xy-1:<kernels>`, a narrower
 * pattern that leaves no vector lane without work.
 */
export interface ComplementaryPattern {
  /** Discriminates. */
  readonly kind: "complementary";
  /** Kernels of a set; 1 / density. */
  readonly kernels: number;
}

/** A number of rows by a number of columns. */
export interface Size {
  /** Along OC. */
  readonly rows: number;
  /** Along IC. */
  readonly cols: number;
}

const ELEMENT: Size = { rows: 1, cols: 1 };

/** What the pattern prunes at once: a block, else one element. */
export function unitOf(pattern: Pattern): Size {
  if (pattern.kind === "block") return { rows: pattern.rows, cols: pattern.cols };
  return pattern.kind === "partitioned" ? pattern.block : ELEMENT;
}

/** The smallest matrix that can carry the pattern; others must be whole multiples of it. */
export function periodOf(pattern: Pattern): Size {
  const { rows, cols } = unitOf(pattern);
  switch (pattern.kind) {
    case "n_of_m":
      return { rows, cols: pattern.m };
    case "complementary":
      return { rows: pattern.kernels, cols: pattern.kernels };
    case "partitioned":
      return {
        rows: pattern.axis === "x" ? rows : rows * pattern.partition,
        cols: pattern.axis === "y" ? cols : cols * pattern.partition,
      };
    default:
      return { rows, cols };
  }
}

/**
 * The sparsity that the pattern itself decides, 0 to 1, or `null` if it can have any.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(sparsityOfPattern({ kind: "n_of_m", n: 1, m: 4 }), 0.75);
 * ```
 */
export function sparsityOfPattern(pattern: Pattern): number | null {
  switch (pattern.kind) {
    case "dense":
      return 0;
    case "n_of_m":
      return 1 - pattern.n / pattern.m;
    case "partitioned":
      return 1 - pattern.keep / pattern.partition;
    case "complementary":
      return 1 - 1 / pattern.kernels;
    default:
      return null;
  }
}

/**
 * Why a matrix of this size cannot carry the pattern, or `null` if it can.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(whyIndivisible({ kind: "block", rows: 4, cols: 1 }, 2, 256), "2 rows do not divide by 4");
 * ```
 */
export function whyIndivisible(pattern: Pattern, rows: number, cols: number): string | null {
  const period = periodOf(pattern);
  if (rows % period.rows !== 0) return `${rows} rows do not divide by ${period.rows}`;
  if (cols % period.cols !== 0) return `${cols} columns do not divide by ${period.cols}`;
  return null;
}
