/**
 * Inputs of the batch: where they are put before a run, and how kernels find the row of each item.
 *
 * @module
 */
import type { Backend, Target } from "../../../kernels/mod.ts";
import type { Graph } from "../../../models/mod.ts";
import type { Tensors } from "../../engine.ts";
import { lowWords } from "../bind.ts";
import type { Layout } from "../layout.ts";
import type { LookUpLayer, ReadLayer } from "./layers.ts";
import type { BatchPlaces } from "./places.ts";
import type { Action, Route, Storage } from "./route.ts";

/** Room for the address of a tensor. */
const ADDRESS_BYTES = 8;

/** Rows of which each item has one: a table or a tensor, and the list of byte offsets. */
export interface GatheredRows {
  /** First row; of a tensor, where its address is. */
  readonly table: number;
  /** A u32 for each lane of all panels. */
  readonly offsets: number;
}

/** Inputs in the arena. Addresses are relative to the layout. */
export interface BatchInputs {
  /** The inputs written last. */
  readonly held: Tensors;
  /** What a layer gathers into panels. */
  gathered(layer: ReadLayer | LookUpLayer): GatheredRows;
  /**
   * Writes the inputs of a run. Tensors may be read where they are, so they must live and stay as they are until its end.
   *
   * @param base What relative addresses are added to.
   * @throws {RangeError} If an id is outside of its table; names the table and the item.
   */
  write(backend: Backend, base: number, inputs: Tensors): void;
  /** Writes what is the same in every run. */
  prepare(backend: Backend, base: number): void;
}

/** What inputs depend on. */
export interface BatchInputOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Items. */
  readonly batch: number;
  /** Where the initializers are, by name. */
  readonly tables: ReadonlyMap<string, number>;
  /** Where the values are. */
  readonly places: BatchPlaces;
}

/** Takes room for every input that the actions read. */
export function placeBatchInputs(
  graph: Graph,
  { actions }: Route,
  layout: Layout,
  { target, batch, tables, places }: BatchInputOptions,
): BatchInputs {
  // WebAssembly sees its own memory only
  const reachesTensors = !target.startsWith("wasm");
  const listBytes = 4 * places.panels * places.panelLanes;
  const reads = actions.filter(isRead).map(({ layer, out }): PlacedRead => {
    const rowBytes = 4 * layer.out.rows;
    const isGathered = out.format === "panels";
    return {
      layer,
      out,
      rowBytes,
      table: isGathered ? layout.reserve(ADDRESS_BYTES) : 0,
      copy: isGathered && !reachesTensors ? layout.reserve(batch * rowBytes) : 0,
      offsets: isGathered ? layout.reserve(listBytes) : 0,
    };
  });
  const lookUps = actions.filter(isLookUp).map(({ layer }): PlacedLookUp => {
    const [entries = 0, width = 0] = graph.initializers.get(layer.table)?.shape ?? [];
    const table = tables.get(layer.table) ?? 0;
    return { layer, table, offsets: layout.reserve(listBytes), entries, rowBytes: 4 * width };
  });
  const byLayer = new Map<ReadLayer | LookUpLayer, GatheredRows>(
    [...reads, ...lookUps].map((placed) => [placed.layer, placed]),
  );
  // what emitted code reads in place may not be collected while it runs
  let held: Tensors = {};
  return {
    get held(): Tensors {
      return held;
    },
    gathered: (layer) => byLayer.get(layer)!,
    prepare(backend, base): void {
      for (const { out, offsets, rowBytes } of reads) {
        if (out.format === "rows") continue;
        const list = backend.uint32(base + offsets, batch);
        for (let item = 0; item < batch; item++) list[item] = item * rowBytes;
      }
    },
    write(backend, base, inputs): void {
      held = inputs;
      for (const read of reads) writeRead(backend, base, read, inputs, batch, places);
      const words = new Map<string, Int32Array>();
      for (const { layer: { ids } } of lookUps) {
        const tensor = inputs[ids];
        if (tensor && !words.has(ids)) words.set(ids, lowWords(tensor));
      }
      for (const look of lookUps) {
        writeLookUp(backend, base, look, words.get(look.layer.ids)!, batch);
      }
    },
  };
}

interface PlacedRead extends GatheredRows {
  readonly layer: ReadLayer;
  readonly out: Storage;
  readonly rowBytes: number;
  /** Where the tensor is copied to if emitted code cannot read it in place. */
  readonly copy: number;
}

interface PlacedLookUp extends GatheredRows {
  readonly layer: LookUpLayer;
  readonly entries: number;
  readonly rowBytes: number;
}

function isRead(action: Action): action is Action & { readonly layer: ReadLayer } {
  return action.kind === "compute" && action.layer.kind === "read";
}

function isLookUp(action: Action): action is Action & { readonly layer: LookUpLayer } {
  return action.kind === "compute" && action.layer.kind === "look_up";
}

function writeRead(
  backend: Backend,
  base: number,
  { layer, out, rowBytes, table, copy }: PlacedRead,
  inputs: Tensors,
  batch: number,
  places: BatchPlaces,
): void {
  const tensor = inputs[layer.input];
  if (tensor?.dtype !== "float32") return; // inputs have been checked against the graph
  const floats = rowBytes / 4;
  if (out.format === "panels") {
    const inPlace = backend.addressOf(tensor.data);
    const address = inPlace ?? base + copy;
    if (inPlace === null) backend.float32(address, batch * floats).set(tensor.data);
    const words = [address % 2 ** 32, Math.floor(address / 2 ** 32)];
    backend.uint32(base + table, words.length).set(words);
    return;
  }
  const stride = places.stride(out) / 4;
  const rows = backend.float32(base + places.rows(out), batch * stride);
  for (let item = 0; item < batch; item++) {
    rows.set(tensor.data.subarray(item * floats, (item + 1) * floats), item * stride);
  }
}

function writeLookUp(
  backend: Backend,
  base: number,
  { layer, offsets, entries, rowBytes }: PlacedLookUp,
  lists: Int32Array,
  batch: number,
): void {
  const ids = lists.subarray(layer.list * batch, (layer.list + 1) * batch);
  const list = backend.uint32(base + offsets, batch);
  ids.forEach((id, item) => {
    if (id < 0 || id >= entries) {
      throw new RangeError(
        `Cannot look up "${layer.table}": id ${id} of item ${item}, expected 0 to ${entries - 1}`,
      );
    }
    list[item] = id * rowBytes;
  });
}
