/**
 * What the dense model says about the training examples.
 *
 * A teacher is not trained, so it says the same every epoch: its last hidden states are computed once per example and kept if they fit,
 * which saves a third of the work of a step.
 *
 * @module
 */
import type { Floats } from "../engines/tfjs/mod.ts";
import type { Examples } from "../datasets/mod.ts";
import { type Batch, type BatchTokens, evaluationBatches, tokensOf } from "./batches.ts";
import { AT_REST, observe } from "./evaluate.ts";
import type { Network } from "./network.ts";

/** What the student is to match. */
export interface Targets {
  /** `[batch, classes]`. */
  readonly logits: Floats;
  /** `[batch, sequence, hidden]`; anything at padding. */
  readonly hidden: Floats;
}

/** Answers for the examples it was made with. */
export interface Teacher {
  /** The targets of a batch. */
  targets(batch: Batch, tokens: BatchTokens): Targets;
}

/** Most bytes of hidden states that are kept. */
const MEMORY_BYTES = 768 * 2 ** 20;

/**
 * A teacher for the examples. The network stays the caller's; it is asked now, or, where the hidden states do not fit into
 * `memoryBytes`, at every batch.
 */
export function createTeacher(
  network: Network,
  examples: Examples,
  memoryBytes: number = MEMORY_BYTES,
): Teacher {
  const { hidden } = network.config;
  const tokens = examples.lengths.reduce((sum, length) => sum + length, 0);
  if (tokens * hidden * 4 > memoryBytes) return { targets: (_, batch) => ask(network, batch) };
  return remember(network, examples, tokens);
}

function ask(network: Network, tokens: BatchTokens): Targets {
  let targets: Targets | undefined;
  observe(network, tokens, AT_REST, (logits, hidden) => {
    targets = { logits: logits.slice(), hidden: hidden.slice() };
  });
  return targets!; // set by observe before it returns
}

function remember(network: Network, examples: Examples, tokens: number): Teacher {
  const { hidden, classes } = network.config;
  const states = new Float32Array(tokens * hidden);
  const logits = new Float32Array(examples.count * classes);
  const starts = new Float64Array(examples.count);
  let end = 0;
  examples.lengths.forEach((length, example) => {
    starts[example] = end;
    end += length * hidden;
  });
  for (const batch of evaluationBatches(examples.lengths, 32)) {
    const said = ask(network, tokensOf(examples, batch));
    const perExample = batch.sequence * hidden;
    batch.examples.forEach((example, row) => {
      const size = examples.lengths[example]! * hidden;
      const from = row * perExample;
      states.set(said.hidden.subarray(from, from + size), starts[example]!);
      logits.set(said.logits.subarray(row * classes, (row + 1) * classes), example * classes);
    });
  }
  return {
    targets(batch, { sequence, lengths }): Targets {
      const perExample = sequence * hidden;
      const targets = {
        logits: new Float32Array(lengths.length * classes),
        hidden: new Float32Array(lengths.length * perExample),
      };
      batch.examples.forEach((example, row) => {
        const start = starts[example]!;
        const state = states.subarray(start, start + lengths[row]! * hidden);
        targets.hidden.set(state, row * perExample);
        const from = example * classes;
        targets.logits.set(logits.subarray(from, from + classes), row * classes);
      });
      return targets;
    },
  };
}
