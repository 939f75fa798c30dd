/**
 * A network without dropout: what it says about batches, and how good that is.
 *
 * @module
 */
import { tidied } from "../engines/tfjs/mod.ts";
import { forward, lookUp, type Position, rowTensors } from "./forward.ts";
import { type Network, viewOf } from "./network.ts";
import { prefetched } from "./prefetch.ts";
import type { Ask, Evaluation, OutputViews, Task, TaskBatch } from "./task.ts";

/** Examples per evaluation batch, unless the task says otherwise. */
const EVALUATION_BATCH = 32;

/** Evaluates a network on the evaluation examples. */
export async function evaluate<B extends TaskBatch>(
  network: Network,
  task: Task<B>,
  position: Position | null,
  devBatches: Task<B>["devBatches"] = (size) => task.devBatches(size),
): Promise<Evaluation> {
  const scorer = task.scorer();
  for await (const batch of prefetched(devBatches(task.evaluationBatch ?? EVALUATION_BATCH))) {
    observe(network, batch, position, (outputs) => scorer.add(batch, outputs));
  }
  return scorer.finish();
}

/** Runs a batch as in evaluation and shows the outputs and kept values, which are valid during the call. */
export function observe(
  network: Network,
  batch: TaskBatch,
  position: Position | null,
  look: (outputs: OutputViews) => void,
): void {
  const { inputs, rows } = lookUp(network, batch, position);
  tidied(network.machine.ops.tf, () => {
    const epoch = position?.epoch ?? 0;
    const outputs = forward(network, batch, inputs, rowTensors(network, rows), { epoch });
    look(viewsOf(network, outputs));
  });
}

/** Values in place; taken after the last allocation. */
export function viewsOf(
  network: Network,
  outputs: ReturnType<typeof forward>,
): OutputViews {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name, viewOf(network, tensor)]),
  );
}

/** Asks a network that is not in training; the answers are copies. */
export function askOf<B extends TaskBatch>(network: Network): Ask<B> {
  return (batch) => {
    let said: OutputViews = {};
    observe(network, batch, null, (outputs) => {
      said = Object.fromEntries(
        Object.entries(outputs).map(([name, values]) => [name, values.slice()]),
      );
    });
    return said;
  };
}
