/**
 * Names of the patterns: as recipes, kernels and the command line spell them.
 *
 * @module
 */
import { didYouMean } from "./did_you_mean.ts";
import type { BlockPattern, PartitionedPattern, Pattern, Size } from "./pattern.ts";

/** How a family of patterns is spelled. */
export interface PatternForm {
  /** Small letters and digits stand for themselves, `N M B P K` for whole numbers from 1. */
  readonly form: string;
  /** A name of this form, at 75 % zeros where the pattern decides them. */
  readonly example: string;
  /** What the documents call it. */
  readonly known: string;
  /** What it demands. */
  readonly meaning: string;
}

/**
 * Every form of a pattern's name. X is the axis of the input channels (columns), Y that of the output channels (rows).
 *
 * The partition counts units: single weights, or blocks where the name begins with a block.
 */
export const PATTERN_FORMS: readonly PatternForm[] = [
  { form: "dense", example: "dense", known: "Dense", meaning: "no zeros" },
  {
    form: "unstructured",
    example: "unstructured",
    known: "Unstructured",
    meaning: "zeros anywhere",
  },
  {
    form: "NxM",
    example: "4x1",
    known: "4x1, 2x1 (Intel)",
    meaning: "blocks of N rows by M columns, kept or zero as a whole",
  },
  {
    form: "dlrm-4x16",
    example: "dlrm-4x16",
    known: "4x16 (DLRM)",
    meaning: "16x4 under the name of its document, which counts 4 input by 16 output channels",
  },
  {
    form: "N:M",
    example: "1:4",
    known: "2:4, 2 in 4",
    meaning: "at most N of every M neighbours along X",
  },
  { form: "block-x-B", example: "block-x-4", known: "Block-X", meaning: "1xB" },
  { form: "block-y-B", example: "block-y-4", known: "Block-Y", meaning: "Bx1" },
  { form: "block-xy-B", example: "block-xy-4", known: "Block-XY", meaning: "BxB" },
  {
    form: "partitioned-x-N:P",
    example: "partitioned-x-4:16",
    known: "Partitioned-X",
    meaning: "exactly N of every P neighbours along X",
  },
  {
    form: "partitioned-y-N:P",
    example: "partitioned-y-4:16",
    known: "Partitioned-Y",
    meaning: "exactly N of every P neighbours along Y",
  },
  {
    form: "partitioned-xy-N:P",
    example: "partitioned-xy-4:16",
    known: "Partitioned-XY",
    meaning: "exactly N of every P along X and also along Y",
  },
  ...[
    ["block-x-B", "partitioned-x"],
    ["block-x-B", "partitioned-y"],
    ["block-x-B", "partitioned-xy"],
    ["block-y-B", "partitioned-x"],
    ["block-xy-B", "partitioned-x"],
  ].map(([block, partitioned]) => ({
    form: `${block}-${partitioned}-N:P`,
    example: `${block!.replace("B", "4")}-${partitioned}-1:4`,
    known: `${titled(block!.slice(0, -2))} ${titled(partitioned!)}`,
    meaning: `as ${partitioned}, counting the blocks of ${block}`,
  })),
  {
    form: "NxM-partitioned-x-N:P",
    example: "2x4-partitioned-x-1:4",
    known: "",
    meaning: "as partitioned-x (or -y, -xy), counting blocks of any size",
  },
  {
    form: "complementary-K",
    example: "complementary-4",
    known: "Complementary",
    meaning:
      "in every K rows each column has one owner, each row owns as many; partitioned-xy-1:K is a kind of it",
  },
];

function titled(name: string): string {
  const [head = "", axis = ""] = name.split("-");
  return `${head[0]!.toUpperCase()}${head.slice(1)}-${axis.toUpperCase()}`;
}

/** What a name must be, in words, for messages. */
export const WANTED_PATTERN: string = "dense, unstructured, NxM such as 4x1, N:M such as 2:4, " +
  'or another name that "deno task pattern list" shows';

/** Whole numbers from 1, short enough to be exact. */
const NUMBER = "([1-9]\\d{0,8})";
const BLOCK = new RegExp(`^${NUMBER}x${NUMBER}$`);
const AXIS_BLOCK = new RegExp(`^block-(xy|x|y)-${NUMBER}$`);
const GROUP = new RegExp(`^${NUMBER}:${NUMBER}$`);
const PARTITIONED = new RegExp(`^(?:(.+)-)?partitioned-(xy|x|y)-${NUMBER}:${NUMBER}$`);
const COMPLEMENTARY = new RegExp(`^complementary-${NUMBER}$`);

/**
 * Reads a pattern's name, of the forms in {@linkcode PATTERN_FORMS}.
 *
 * @throws {SyntaxError} If the text is no pattern.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parsePattern("4x1"), { kind: "block", rows: 4, cols: 1 });
 * assertEquals(parsePattern("dlrm-4x16"), { kind: "block", rows: 16, cols: 4, name: "dlrm-4x16" });
 * ```
 */
export function parsePattern(text: string): Pattern {
  const pattern = text === "dense" || text === "unstructured"
    ? { kind: text } as const
    : parseBlock(text) ?? parseGroup(text) ?? parsePartitioned(text) ?? parseComplementary(text);
  if (pattern === null) {
    const near = didYouMean(text, PATTERN_FORMS.map(({ example }) => example));
    const wanted = near === null || near.length < 6 ? WANTED_PATTERN : `a name such as ${near}`;
    throw new SyntaxError(`Cannot parse pattern "${text}": expected ${wanted}`);
  }
  return pattern;
}

function parseBlock(text: string): BlockPattern | null {
  if (text === "dlrm-4x16") return { kind: "block", rows: 16, cols: 4, name: text };
  const size = BLOCK.exec(text);
  if (size) return { kind: "block", rows: Number(size[1]), cols: Number(size[2]) };
  const along = AXIS_BLOCK.exec(text);
  if (!along) return null;
  const [, axis, length] = along;
  const rows = axis === "x" ? 1 : Number(length);
  const cols = axis === "y" ? 1 : Number(length);
  return { kind: "block", rows, cols, name: text };
}

function parseGroup(text: string): Pattern | null {
  const group = GROUP.exec(text);
  if (!group || Number(group[1]) >= Number(group[2])) return null;
  return { kind: "n_of_m", n: Number(group[1]), m: Number(group[2]) };
}

function parsePartitioned(text: string): PartitionedPattern | null {
  const found = PARTITIONED.exec(text);
  if (!found) return null;
  const [, of, axis, keep, partition] = found;
  const block = of === undefined ? { rows: 1, cols: 1 } : parseBlock(of);
  if (block === null || Number(keep) >= Number(partition)) return null;
  return {
    kind: "partitioned",
    axis: axis as PartitionedPattern["axis"], // one of the three that the expression allows
    partition: Number(partition),
    keep: Number(keep),
    block: { rows: block.rows, cols: block.cols },
  };
}

function parseComplementary(text: string): Pattern | null {
  const found = COMPLEMENTARY.exec(text);
  if (!found || found[1] === "1") return null;
  return { kind: "complementary", kernels: Number(found[1]) };
}

/** The name that {@linkcode parsePattern} reads. */
export function formatPattern(pattern: Pattern): string {
  switch (pattern.kind) {
    case "block":
      return pattern.name ?? `${pattern.rows}x${pattern.cols}`;
    case "n_of_m":
      return `${pattern.n}:${pattern.m}`;
    case "partitioned":
      return `${
        blockPrefix(pattern.block)
      }partitioned-${pattern.axis}-${pattern.keep}:${pattern.partition}`;
    case "complementary":
      return `complementary-${pattern.kernels}`;
    default:
      return pattern.kind;
  }
}

function blockPrefix({ rows, cols }: Size): string {
  if (rows === 1 && cols === 1) return "";
  if (rows === 1) return `block-x-${cols}-`;
  if (cols === 1) return `block-y-${rows}-`;
  return rows === cols ? `block-xy-${rows}-` : `${rows}x${cols}-`;
}
