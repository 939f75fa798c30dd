/**
 * One step of training: forward, loss, gradients, scores, update.
 *
 * @module
 */
import { createRandom } from "../core/mod.ts";
import { type Dropout, type Floats, tidied } from "../engines/tfjs/mod.ts";
import type { Training } from "../recipes/mod.ts";
import { lookUp, type Position, rowTensors } from "./forward.ts";
import type { GradientSum } from "./gradient_sum.ts";
import { findGradients, type Lesson, type PlacedBatch } from "./gradients.ts";
import type { Compacted } from "./look_ups.ts";
import { dropoutSites, viewOf } from "./network.ts";
import { clipScale, decays, type Optimiser } from "./optimiser.ts";
import { partsOf } from "./parts.ts";
import type { GradientsOf, Pruner } from "./pruner.ts";
import { type PartedBatch, sumGradients } from "./summed_gradients.ts";
import { updateRows } from "./tables.ts";
import type { TaskBatch } from "./task.ts";

/** What stays the same from step to step. */
export interface StepContext<B extends TaskBatch = TaskBatch> extends Lesson<B> {
  /** Settings. */
  readonly training: Pick<Training, "dropout" | "clipNorm">;
  /** Updates parameters. */
  readonly optimiser: Optimiser;
  /** Part of a batch's statistics that goes into the running ones of batch normalisation. */
  readonly batchNormMomentum: number;
  /** Names the stream of chance of this training. */
  readonly label: string;
  /** Set while pruning. */
  readonly pruner: Pruner | null;
  /** Most examples to run at once; larger batches are run in parts. */
  readonly part: number;
  /** Where the gradients of parts are added up. */
  readonly sum: GradientSum;
}

/** What a step found. */
export interface StepResult {
  /** Loss before the update. */
  readonly loss: number;
}

/**
 * Does one step.
 *
 * Order as in the published code: masks, gradients, scores, clipping, update, masks again. A parameter that the loss does not reach is
 * left alone, without decay too. If the loss is not finite, nothing is updated.
 *
 * A batch of more examples than `context.part` is run in parts whose gradients are added up first; all that follows sees one step. Each part
 * has dropout and statistics of batch normalisation of its own; running statistics move once, by their means.
 *
 * @param position Before the step.
 */
export function trainStep<B extends TaskBatch>(
  context: StepContext<B>,
  batch: B,
  position: Position,
): StepResult {
  const { network, pruner, part } = context;
  const { step, epoch } = position;
  pruner?.beginStep(step);
  const { inputs, rows } = lookUp(network, batch, position);
  return tidied(network.machine.ops.tf, () => {
    const tables = rowTensors(network, rows);
    const dropout = dropoutOf(context, batch, step);
    const placed = { batch, inputs, tables, dropout, epoch };
    const ranges = partsOf(batch.shape.batch, part);
    const found = ranges.length === 1
      ? wholeGradients(context, placed)
      : partedGradients(context, { ...placed, ranges });
    const loss = Math.fround(found.loss);
    network.winners?.learn();
    if (Number.isFinite(loss)) {
      moveStatistics(context, found.statistics);
      update(context, rows, found, step);
    }
    return { loss };
  });
}

/** What an update goes by. */
interface StepGradients {
  readonly loss: number;
  readonly statistics: ReadonlyMap<string, Floats>;
  /** Parameters that have a gradient. */
  readonly names: Iterable<string>;
  readonly gradientOf: GradientsOf;
}

function wholeGradients<B extends TaskBatch>(
  context: StepContext<B>,
  placed: PlacedBatch<B>,
): StepGradients {
  const { loss, statistics, gradients } = findGradients(context, placed);
  const gradientOf = (name: string): Floats | null => {
    const gradient = gradients.get(name);
    return gradient ? viewOf(context.network, gradient) : null;
  };
  return { loss, statistics, names: [...gradients.keys()], gradientOf };
}

function partedGradients<B extends TaskBatch>(
  context: StepContext<B>,
  parted: PartedBatch<B>,
): StepGradients {
  const { sum } = context;
  sum.clear();
  const { loss, statistics } = sumGradients(context, parted, sum);
  const { values } = sum;
  return {
    ...{ loss, statistics, names: [...values.keys()] },
    gradientOf: (name) => values.get(name) ?? null,
  };
}

function dropoutOf<B extends TaskBatch>(
  { network, training, label }: StepContext<B>,
  { shape }: TaskBatch,
  step: number,
): Dropout {
  const random = createRandom(`${label} dropout ${step}`);
  return {
    rate: training.dropout,
    values: dropoutSites(network.plan(shape).graph),
    seed: () => random.integer(2 ** 32),
  };
}

/** `running = (1 - momentum) · running + momentum · batch`, as PyTorch has it. */
function moveStatistics<B extends TaskBatch>(
  { network, batchNormMomentum }: StepContext<B>,
  statistics: ReadonlyMap<string, Floats>,
): void {
  for (const [name, values] of statistics) {
    const tensor = network.statistics.get(name);
    if (tensor === undefined) continue;
    const running = viewOf(network, tensor);
    for (let i = 0; i < running.length; i++) {
      running[i] = (1 - batchNormMomentum) * running[i]! + batchNormMomentum * values[i]!;
    }
  }
}

function normOf({ names, gradientOf }: StepGradients): number {
  let squares = 0;
  for (const name of names) {
    const values = gradientOf(name)!;
    for (let i = 0; i < values.length; i++) squares += values[i]! * values[i]!;
  }
  return Math.sqrt(squares);
}

function update<B extends TaskBatch>(
  { network, training, optimiser, pruner }: StepContext<B>,
  rows: Compacted["rows"],
  found: StepGradients,
  step: number,
): void {
  const { gradientOf } = found;
  if (pruner?.onGradients(step, gradientOf) === false) return;
  const gradientScale = training.clipNorm === undefined
    ? 1
    : clipScale(normOf(found), training.clipNorm);
  const updateOne = optimiser.beginStep(step, gradientScale);
  for (const { name, weights, states } of network.slots) {
    const gradient = gradientOf(name);
    if (gradient === null) continue;
    updateOne({
      weights: viewOf(network, weights),
      states: states.map((state) => viewOf(network, state)),
      gradient,
      mask: pruner?.maskOf(name) ?? null,
      decay: decays(name, weights.shape),
    });
  }
  pruner?.onUpdated(step);
  for (const { table } of network.tables) {
    const gradient = gradientOf(table.name);
    if (gradient) updateRows(table, rows.get(table.name)!, gradient, step, updateOne);
  }
}
