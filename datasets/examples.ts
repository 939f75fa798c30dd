/**
 * From token lists to padded examples.
 *
 * @module
 */
import type { ExampleGroups, Examples } from "./dataset.ts";

/** Token lists of many examples, end to end and unpadded. */
export interface TokenLists {
  /** Tokens of all examples, `[CLS]` and `[SEP]` included. */
  readonly tokens: Int32Array;
  /** Tokens of each example. */
  readonly lengths: Int32Array;
  /** Tokens of each example's first segment, its `[CLS]` and `[SEP]` included. */
  readonly firstLengths: Int32Array;
  /** Class of each example. */
  readonly labels: Int32Array;
}

/** One example before it is packed. */
export interface TokenList {
  /** Tokens of the first text, without special tokens. */
  readonly first: readonly number[];
  /** Tokens of the second text of a pair. */
  readonly second?: readonly number[];
  /** Class. */
  readonly label: number;
}

/** Ids of the tokens that frame the texts. */
export interface FrameTokens {
  /** Before the first text. */
  readonly cls: number;
  /** After each text. */
  readonly sep: number;
}

/**
 * Frames and cuts examples: `[CLS] first [SEP]`, or `[CLS] first [SEP] second [SEP]`.
 *
 * A text that is too long loses its end. Of a pair the longer text is cut, down to the length of the shorter; then both,
 * the shorter to half of what there is (rounded down). This is `longest_first` of Hugging Face's fast tokenizers.
 *
 * @param sequence Most tokens of an example.
 * @throws {RangeError} If `sequence` has no room for the frame and a token of each text.
 */
export function frameTokens(
  examples: readonly TokenList[],
  frame: FrameTokens,
  sequence: number,
): TokenLists {
  if (sequence < 5) throw new RangeError(`Cannot cut to ${sequence} tokens: expected at least 5`);
  const tokens: number[] = [];
  const lengths = new Int32Array(examples.length);
  const firstLengths = new Int32Array(examples.length);
  examples.forEach(({ first, second }, i) => {
    const start = tokens.length;
    const room = sequence - (second ? 3 : 2);
    const [keepFirst, keepSecond] = longestFirst(first.length, second?.length ?? 0, room);
    tokens.push(frame.cls, ...first.slice(0, keepFirst), frame.sep);
    firstLengths[i] = tokens.length - start;
    if (second) tokens.push(...second.slice(0, keepSecond), frame.sep);
    lengths[i] = tokens.length - start;
  });
  const labels = Int32Array.from(examples, (example) => example.label);
  return { tokens: Int32Array.from(tokens), lengths, firstLengths, labels };
}

function longestFirst(first: number, second: number, room: number): [number, number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second);
  let longer = Math.max(shorter, room - shorter);
  let short = shorter;
  if (short + longer > room) {
    short = Math.floor(room / 2);
    longer = room - short;
  }
  return first > second ? [longer, short] : [short, longer];
}

/** The examples at the given positions, in that order. */
export function pickExamples(lists: TokenLists, positions: readonly number[]): TokenLists {
  const starts = startsOf(lists.lengths);
  const pick = (values: Int32Array): Int32Array => Int32Array.from(positions, (i) => values[i]!);
  const lengths = pick(lists.lengths);
  const tokens = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const i of positions) {
    tokens.set(lists.tokens.subarray(starts[i]!, starts[i]! + lists.lengths[i]!), at);
    at += lists.lengths[i]!;
  }
  return { tokens, lengths, firstLengths: pick(lists.firstLengths), labels: pick(lists.labels) };
}

/**
 * Pads examples to one length.
 *
 * @param sequence Tokens per example; at least the longest.
 */
export function packExamples(
  lists: TokenLists,
  sequence: number,
  groups: readonly ExampleGroups[],
): Examples {
  const count = lists.lengths.length;
  const inputIds = new Int32Array(count * sequence);
  const tokenTypes = new Int32Array(count * sequence);
  const starts = startsOf(lists.lengths);
  for (let i = 0; i < count; i++) {
    const length = lists.lengths[i]!;
    inputIds.set(lists.tokens.subarray(starts[i]!, starts[i]! + length), i * sequence);
    tokenTypes.fill(1, i * sequence + lists.firstLengths[i]!, i * sequence + length);
  }
  const { lengths, labels } = lists;
  return { count, sequence, inputIds, tokenTypes, lengths, labels, groups };
}

/** Tokens of the longest example. */
export function longestOf(lists: TokenLists): number {
  return lists.lengths.reduce((longest, length) => Math.max(longest, length), 0);
}

/** Where each example's tokens begin. */
export function startsOf(lengths: Int32Array): Int32Array {
  const starts = new Int32Array(lengths.length);
  for (let i = 1; i < lengths.length; i++) starts[i] = starts[i - 1]! + lengths[i - 1]!;
  return starts;
}
