/**
 * The part of a compiled graph that works on features of the whole batch.
 *
 * Items are independent. Where the batch fills panels, each thread takes panels of items through all layers, without
 * waiting for others. For few items, weights are what takes time: threads share every layer by its outputs, and meet
 * after each.
 *
 * @module
 */
import type { Backend, Target } from "../../../kernels/mod.ts";
import type { Graph } from "../../../models/mod.ts";
import type { Tensors } from "../../engine.ts";
import type { LayerPlan, Value } from "../layers.ts";
import type { Layout } from "../layout.ts";
import { MEET, type Task } from "../schedule.ts";
import type { PlacementOptions } from "../weights.ts";
import { type BatchContext, panelCalls, rowsCalls, share } from "./calls.ts";
import { placeBatchInputs } from "./inputs.ts";
import { placePairLists } from "./pair_lists.ts";
import { type ItemPlace, placeBatch } from "./places.ts";
import { routeBatch, type Storage } from "./route.ts";
import { placeBatchWeights } from "./weights.ts";
import { batchPanelLanes } from "./width.ts";

/** The batch's part of a compiled graph. Addresses are relative to the layout. */
export interface BatchSegment extends Pick<BatchContext, "weights" | "pairs"> {
  /** Bytes of values, inputs and lists; weights are not counted. */
  readonly activationBytes: number;
  /** Width of its panels. */
  readonly panelLanes: number;
  /** Where an item of a value is that another segment writes, or that is an output of the graph. */
  item(value: Value, item: number): ItemPlace;
  /** What every thread does, once other segments have written their values. */
  tasks(base: number): readonly (readonly Task[])[];
  /** Writes what is the same in every run. */
  prepare(backend: Backend, base: number): void;
  /** Writes the inputs of a run. @throws {RangeError} If an id is outside of its table. */
  write(backend: Backend, base: number, inputs: Tensors): void;
}

/** What a segment is compiled for. */
export interface BatchOptions extends Omit<PlacementOptions, "panelLanes"> {
  /** Instruction set. */
  readonly target: Target;
  /** Threads. */
  readonly threads: number;
  /** Where initializers other than weights are, by name. */
  readonly addresses: ReadonlyMap<string, number>;
}

/** Chooses forms, packs weights and lays out everything that the batch needs. */
export function prepareBatch(
  graph: Graph,
  plan: LayerPlan,
  layout: Layout,
  options: BatchOptions,
): BatchSegment {
  const { threads, target, addresses } = options;
  const { batch, layers } = plan;
  const panelLanes = batchPanelLanes(batch, threads);
  const weights = placeBatchWeights(graph, plan, layout, { ...options, panelLanes });
  const weightsEnd = layout.sizeBytes;
  const choices = new Map([...weights].map(([layer, { choice }]) => [layer, choice]));
  const outputs = plan.outputs.map(({ value }) => value).filter(({ lanes }) => lanes === "batch");
  const route = routeBatch(layers, choices, outputs);
  const read = outputs.map(({ id }) => route.found.get(id)!);
  const written = route.actions.filter(({ layer, out }) =>
    layer.kind === "read" && out.format === "rows"
  ).map(({ out }) => out);
  const wholes = read.map((storage) => storage.within?.storage ?? storage);
  const shared = new Set<Storage>([...route.entries.values(), ...wholes, ...written]);
  const places = placeBatch(route, layout, { batch, threads, panelLanes, shared });
  const inputs = placeBatchInputs(graph, route, layout, {
    target,
    batch,
    tables: addresses,
    places,
  });
  const pairs = placePairLists(layers, layout, { target, panelLanes });
  const itemOffsets = new Map<number, number>();
  for (const { kind, inputs: [x], out } of route.actions) {
    if (kind !== "convert" || out.format !== "panels" || !x) continue;
    const stride = places.stride(x);
    if (itemOffsets.has(stride)) continue;
    const lanes = places.panels * panelLanes;
    const list = Uint32Array.from({ length: lanes }, (_, i) => i < batch ? i * stride : 0);
    itemOffsets.set(stride, layout.place(list));
  }
  const context = {
    ...{ target, batch, threads, places, inputs, weights, addresses, pairs, itemOffsets },
  };
  return {
    weights,
    pairs,
    panelLanes,
    activationBytes: layout.sizeBytes - weightsEnd,
    item(value, item): ItemPlace {
      const storage = route.entries.get(value.id) ?? route.found.get(value.id);
      if (storage === undefined) {
        throw new RangeError(`Cannot place "${value.name}": it is no value of the batch`);
      }
      return places.item(storage, item);
    },
    tasks: (base) =>
      places.deep ? deepTasks(context, route, base) : wideTasks(context, route, base),
    prepare: inputs.prepare,
    write: inputs.write,
  };
}

type Actions = ReturnType<typeof routeBatch>;

/** Each thread takes its panels through all layers. */
function deepTasks(context: BatchContext, { actions }: Actions, base: number): Task[][] {
  const { threads, places } = context;
  return Array.from(
    { length: threads },
    (_, thread) =>
      share(places.panels, threads, thread).flatMap((panel) =>
        actions.map((action) => ({
          layer: action.layer,
          steps: panelCalls(context, base, action, panel, thread),
        }))
      ),
  );
}

/** All threads share each layer. */
function wideTasks(context: BatchContext, { actions }: Actions, base: number): Task[][] {
  const { threads, places } = context;
  const tasks: Task[][] = Array.from({ length: threads }, () => []);
  for (const action of actions) {
    const { layer, out } = action;
    const steps = out.format === "rows"
      ? rowsCalls(context, base, action)
      : tasks.map((_, thread) =>
        share(places.panels, threads, thread).flatMap((panel) =>
          panelCalls(context, base, action, panel, thread)
        )
      );
    if (steps.every((list) => list.length === 0)) continue;
    tasks.forEach((list, thread) => {
      if (threads > 1 && list.length > 0) list.push(MEET);
      list.push({ layer, steps: steps[thread]! });
    });
  }
  return tasks;
}
