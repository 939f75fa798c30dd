/**
 * Where the values of the batch are. Addresses are relative to the layout.
 *
 * If all values are panels, each thread takes panels of items through all layers, and what lies between needs room for one
 * panel a thread: a working set that stays in its second-level cache. Otherwise threads share every layer, and values have
 * room for all items. In both, values take the lowest gap that is free while they live.
 *
 * @module
 */
import { paddedRows, panelBytes, panelsOf, rowsStride } from "../../../kernels/mod.ts";
import type { Layout } from "../layout.ts";
import { type Life, placeLives } from "../memory_plan.ts";
import type { Route, Storage } from "./route.ts";

/** Kernels write whole row blocks, and may write one row behind. */
const ROW_BLOCK = 48;

/** One item of a value. */
export interface ItemPlace {
  /** The first feature. */
  readonly address: number;
  /** Bytes from one feature to the next. */
  readonly featureBytes: number;
}

/** Places of the batch. */
export interface BatchPlaces {
  /** Width of the panels. */
  readonly panelLanes: number;
  /** Panels of the batch. */
  readonly panels: number;
  /** Whether each thread takes panels through all layers. */
  readonly deep: boolean;
  /** A panel of a storage of panels; working sets differ by thread. */
  panel(storage: Storage, panel: number, thread: number): number;
  /** The first item of a storage of rows. */
  rows(storage: Storage): number;
  /** Bytes from one item to the next in a storage of rows. */
  stride(storage: Storage): number;
  /** An item of a storage that all threads see. */
  item(storage: Storage, item: number): ItemPlace;
}

/** What places depend on. */
export interface BatchPlaceOptions {
  /** Items. */
  readonly batch: number;
  /** Threads. */
  readonly threads: number;
  /** Width of the panels. */
  readonly panelLanes: number;
  /** Storages that others write or read: they have room for all items, as long as the program runs. */
  readonly shared: ReadonlySet<Storage>;
}

/** Lays out the storages of a route. */
export function placeBatch(
  { storages, actions }: Route,
  layout: Layout,
  { batch, threads, panelLanes, shared }: BatchPlaceOptions,
): BatchPlaces {
  const deep = storages.every(({ format }) => format === "panels");
  const panels = panelsOf(batch, panelLanes);
  const row = panelBytes(1, panelLanes);
  const onePanel = ({ value }: Storage) =>
    panelBytes(paddedRows(value.rows + 1, ROW_BLOCK), panelLanes);
  const stride = ({ value }: Storage) => rowsStride(value.rows);
  const all = (storage: Storage) =>
    storage.format === "rows" ? batch * stride(storage) : panels * onePanel(storage);
  const isShared = (storage: Storage) => shared.has(storage);
  const own = storages.filter((storage) => storage.within === null);
  const lives = own.filter((storage) => !isShared(storage));
  const inner = placeLives(
    lives.map((storage) => lifeOf(storage, actions, (deep ? onePanel : all)(storage))),
  );
  const sets = layout.reserve((deep ? threads : 1) * inner.sizeBytes);
  const fixed = new Map(
    own.filter(isShared).map((storage) => [storage.id, layout.reserve(all(storage))]),
  );
  const start = (storage: Storage, thread: number): number =>
    fixed.get(storage.id) ??
      sets + (deep ? thread * inner.sizeBytes : 0) + inner.offsets.get(storage.id)!;
  function panel(storage: Storage, at: number, thread: number): number {
    const { within } = storage;
    if (within) return panel(within.storage, at, thread) + within.row * row;
    const isOne = deep && !isShared(storage);
    return start(storage, thread) + (isOne ? 0 : at * onePanel(storage));
  }
  const rows = (storage: Storage): number => start(storage, 0);
  return {
    panelLanes,
    panels,
    deep,
    panel,
    rows,
    stride,
    item: (storage, item) =>
      storage.format === "rows"
        ? { address: rows(storage) + item * stride(storage), featureBytes: 4 }
        : {
          address: panel(storage, Math.floor(item / panelLanes), 0) + 4 * (item % panelLanes),
          featureBytes: row,
        },
  };
}

/** A storage lives from the first action that touches it or a part of it to the last. */
function lifeOf(storage: Storage, actions: Route["actions"], sizeBytes: number): Life {
  const touches = ({ inputs, out }: Route["actions"][number]): boolean =>
    [...inputs, out].some((one) => one === storage || one.within?.storage === storage);
  return {
    id: storage.id,
    sizeBytes,
    first: actions.findIndex(touches),
    last: actions.findLastIndex(touches),
  };
}
