/**
 * What a finished model shows: its score, which examples it is right about, and further tests.
 *
 * @module
 */
import { evaluate } from "./evaluate.ts";
import { bestOf } from "./log.ts";
import type { Network } from "./network.ts";
import type { SeedResult } from "./record.ts";
import type { StageOutcome } from "./stage.ts";
import type { Evaluation, Task, TaskBatch } from "./task.ts";

/** The result of a model whose training has ended. */
export async function finalResult<B extends TaskBatch>(
  seed: number,
  network: Network,
  task: Task<B>,
  { last, evaluations }: Pick<StageOutcome, "last" | "evaluations">,
): Promise<SeedResult> {
  const trials = new Map<string, Evaluation>();
  for (const { name, devBatches } of task.trials ?? []) {
    trials.set(name, await evaluate(network, task, null, devBatches));
  }
  const others = { ...last.others, ...task.sumUp?.(trials, last) };
  return {
    seed,
    last: last.metric,
    best: bestOf(evaluations) ?? last.metric,
    groups: last.groups,
    ...Object.keys(others).length > 0 && { others },
    ...last.correct && { correct: packCorrect(last.correct) },
    ...trials.size > 0 && {
      trials: [...trials].map(([name, { metric }]) => ({ name, metric })),
    },
  };
}

/** One bit an example, most significant first, base64. */
export function packCorrect(correct: Uint8Array): string {
  const bytes = new Uint8Array(Math.ceil(correct.length / 8));
  for (const [i, bit] of correct.entries()) if (bit !== 0) bytes[i >> 3]! |= 0x80 >> (i & 7);
  return bytes.toBase64();
}
