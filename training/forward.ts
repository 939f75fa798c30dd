/**
 * Runs a batch through a network: its inputs and the rows that it looks up become tensors, its values are given by name.
 *
 * @module
 */
import { type Dropout, executePlan, type TfTensor, toTf } from "../engines/tfjs/mod.ts";
import { type Node } from "../models/mod.ts";
import { compact, type Compacted } from "./look_ups.ts";
import { type Network, viewOf } from "./network.ts";
import { bringUpTo, type CatchUp, copyRows } from "./tables.ts";
import type { TaskBatch } from "./task.ts";

/** Where a network stands in its training; `null` for one that is not in training. */
export interface Position {
  /** Steps done. */
  readonly step: number;
  /** Epochs done, a step that ends an epoch included. */
  readonly epoch: number;
  /** Brings rows that were not looked up to date. */
  readonly catchUp: CatchUp;
}

/** What a batch looks up, up to date. */
export function lookUp(
  { tables }: Network,
  { inputs }: TaskBatch,
  position: Position | null,
): Compacted {
  const compacted = compact(
    inputs,
    tables.map(({ table, ...use }) => ({ ...use, rows: table.done.length })),
  );
  if (position === null) return compacted;
  for (const { table } of tables) {
    bringUpTo(table, compacted.rows.get(table.name)!, position.step, position.catchUp);
  }
  return compacted;
}

/** Copies the rows of every table that a batch reads; call it inside `tidied`. */
export function rowTensors(
  network: Network,
  rows: Compacted["rows"],
): ReadonlyMap<string, TfTensor> {
  const { machine, tables } = network;
  return new Map(tables.map(({ table }) => {
    const wanted = rows.get(table.name)!;
    const tensor = machine.ops.tf.zeros([wanted.length, table.width]);
    copyRows(table, wanted, viewOf(network, tensor));
    return [table.name, tensor];
  }));
}

/** How a batch is run. */
export interface ForwardOptions {
  /** Training: batch normalisation by the batch's own statistics, and random zeros. */
  readonly training?: {
    /** Random zeros. */
    readonly dropout: Dropout;
    /** Takes the batch's statistics under the names of the running ones. */
    readonly statistics: Map<string, Float32Array<ArrayBuffer>>;
  };
  /** Epochs done, for winners whose boost fades. */
  readonly epoch: number;
}

/** Runs a batch; call it inside `tidied`. Gives outputs and kept values by name. */
export function forward(
  network: Network,
  { shape }: TaskBatch,
  inputs: Compacted["inputs"],
  rows: ReadonlyMap<string, TfTensor>,
  { training, epoch }: ForwardOptions,
): Readonly<Record<string, TfTensor>> {
  const { machine, slots, statistics, winners, keep } = network;
  const { ops } = machine;
  const parameters = new Map<string, TfTensor>([
    ...slots.map(({ name, weights }): [string, TfTensor] => [name, weights]),
    ...statistics,
    ...rows,
  ]);
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, toTf(ops.tf, tensor)]),
  );
  return executePlan(ops, network.plan(shape), tensors, parameters, {
    keep,
    release: training === undefined,
    ...training && {
      dropout: training.dropout,
      training: {
        batchStatistics({ inputs }: Node, mean: TfTensor, variance: TfTensor): void {
          training.statistics.set(inputs[3]!, viewOf(network, mean).slice());
          training.statistics.set(inputs[4]!, viewOf(network, variance).slice());
        },
      },
    },
    ...winners && {
      activations: winners.activations(machine, epoch, training ? "training" : "evaluation"),
    },
  });
}
