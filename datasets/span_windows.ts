/**
 * Paragraphs that are longer than a network reads, cut into windows that overlap.
 *
 * @module
 */
import type { FrameTokens } from "./examples.ts";
import type { OffsetTokens } from "./token_offsets.ts";

/** How windows are cut. */
export interface WindowOptions {
  /** Most tokens of a window. */
  readonly sequence: number;
  /** Tokens that two windows share, or by which they are apart. */
  readonly stride: number;
  /**
   * What the stride is. Hugging Face's tokenizers count the tokens that two windows share (`overlap`), the original code of BERT those
   * by which they are apart (`step`); default `overlap`.
   */
  readonly strideIs?: "overlap" | "step";
  /** Most tokens of the question; the rest is cut off. Default 64, as in the original code of BERT. */
  readonly question?: number;
}

/** One window. */
export interface SpanWindow {
  /** Token ids with the frame. */
  readonly tokens: readonly number[];
  /** Tokens of the question with its frame: position of the first token of the paragraph. */
  readonly contextStart: number;
  /** Number in the paragraph of the first token. */
  readonly firstToken: number;
  /** Tokens of the paragraph in it. */
  readonly contextTokens: number;
}

/**
 * Cuts a question's paragraph into windows. Together they show all of it.
 *
 * @throws {RangeError} If a window has no room beside the question, or the stride does not let windows advance.
 */
export function cutWindows(
  question: readonly number[],
  context: readonly number[],
  frame: FrameTokens,
  options: WindowOptions,
): readonly SpanWindow[] {
  const head = [frame.cls, ...question.slice(0, options.question ?? 64), frame.sep];
  const room = options.sequence - head.length - 1;
  const step = options.strideIs === "step" ? options.stride : room - options.stride;
  if (room < 1 || step < 1) {
    throw new RangeError(
      `Cannot cut windows of ${options.sequence} tokens with a stride of ${options.stride}: a question of ${
        head.length - 2
      } tokens leaves room for ${room}, expected more than the stride`,
    );
  }
  const windows: SpanWindow[] = [];
  for (let first = 0;; first += Math.min(step, room)) {
    const part = context.slice(first, first + room);
    windows.push({
      tokens: [...head, ...part, frame.sep],
      contextStart: head.length,
      firstToken: first,
      contextTokens: part.length,
    });
    if (first + room >= context.length) return windows;
  }
}

/** First and last token of what stands from character `begin` to character `end` (excluded) of the text. */
export function tokensBetween(
  { begins, ends }: OffsetTokens,
  begin: number,
  end: number,
): readonly [first: number, last: number] {
  const after = begins.findIndex((start) => start > begin);
  const first = (after < 0 ? begins.length : after) - 1;
  const last = ends.findIndex((stop) => stop >= end);
  return [Math.max(0, first), last < 0 ? ends.length - 1 : last];
}

/** Positions of the answer in a window, or of `[CLS]` twice if it is not whole in it. */
export function spanIn(
  window: SpanWindow,
  [first, last]: readonly [first: number, last: number],
): readonly [start: number, end: number] {
  const { firstToken, contextTokens, contextStart } = window;
  if (first < firstToken || last >= firstToken + contextTokens) return [0, 0];
  const shift = contextStart - firstToken;
  return [first + shift, last + shift];
}
