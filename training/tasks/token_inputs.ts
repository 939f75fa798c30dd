/**
 * Tokens as a BERT reads them.
 *
 * @module
 */
import type { TokenExamples } from "../../datasets/mod.ts";
import type { Batch } from "../batches.ts";
import { partOf, type PartRange } from "../parts.ts";
import type { TaskBatch } from "../task.ts";

/** A batch of token sequences. */
export interface TokenBatch extends TaskBatch {
  /** Tokens of each example. */
  readonly lengths: Int32Array;
}

/** What all batches of token sequences have. */
export type TokenPart = Pick<TokenBatch, "shape" | "inputs" | "lengths">;

/** Gathers the tokens of a batch. A sequence longer than the examples' own is padded further. */
export function tokenInputs(data: TokenExamples, { examples, sequence }: Batch): TokenPart {
  const shape = [examples.length, sequence];
  const [ids, mask, types] = [0, 1, 2].map(() => new Int32Array(examples.length * sequence)) as [
    Int32Array<ArrayBuffer>,
    Int32Array<ArrayBuffer>,
    Int32Array<ArrayBuffer>,
  ]; // three were made
  examples.forEach((example, row) => {
    const [from, to] = [example * data.sequence, row * sequence];
    const length = data.lengths[example]!;
    ids.set(data.inputIds.subarray(from, from + length), to);
    types.set(data.tokenTypes.subarray(from, from + length), to);
    mask.fill(1, to, to + length);
  });
  return {
    shape: { batch: examples.length, sequence },
    inputs: {
      input_ids: { dtype: "int32", shape, data: ids },
      attention_mask: { dtype: "int32", shape, data: mask },
      token_type_ids: { dtype: "int32", shape, data: types },
    },
    lengths: examples.map((example) => data.lengths[example]!),
  };
}

/** What all token tasks have of some examples of a batch. */
export function partOfTokens<B extends TokenBatch>(
  batch: B,
  range: PartRange,
): TokenPart & { readonly whole: B } {
  const { from, to } = range;
  return { ...partOf(batch, range), lengths: batch.lengths.subarray(from, to) };
}
