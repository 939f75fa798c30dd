/**
 * Where values live: working sets, graph outputs, and what lanes of the batch share. Addresses are relative to the layout.
 *
 * @module
 */
import { paddedRows, panelBytes } from "../../kernels/mod.ts";
import type { AttentionMask, LayerPlan, Value } from "./layers.ts";
import type { Layout } from "./layout.ts";
import { planMemory } from "./memory_plan.ts";
import { firstLaneOf, type TokenLanes } from "./token_lanes.ts";

/** Rows of every value are filled up to a multiple of this, since kernels write whole row blocks. */
const ROW_BLOCK = 48;

/** A value's panels. */
export interface Place {
  /** First panel. */
  readonly address: number;
  /** Bytes from one panel to the next. */
  readonly stride: number;
}

/** Inputs of the graph as kernels read them, lane by lane. */
export interface InputPlaces {
  /** Row offsets of each embedding term: uint32 of the lanes of all groups, or of one group for ids that the graph fixes. */
  readonly ids: ReadonlyMap<string | readonly number[], number>;
  /** What is added to the scores of each key: float32 of the lanes of all groups. */
  readonly masks: ReadonlyMap<string, { readonly mask: AttentionMask; readonly address: number }>;
  /** Zeros for attention without a mask. */
  readonly noMask: number;
  /** Lanes of one group: its panels times their width. */
  readonly lanes: number;
}

/** Places of a whole plan. */
export interface Places {
  /** Which lanes tokens lie in. */
  readonly tokens: TokenLanes;
  /** Inputs. */
  readonly inputs: InputPlaces;
  /**
   * Panels of a value of tokens.
   *
   * @param group Sequences that share panels; only graph outputs differ by it.
   * @param thread Whose working sets.
   */
  of(value: Value, group: number, thread: number): Place;
  /** The first lane of a sequence, counted over all groups. */
  laneOf(item: number): number;
  /** Memory that one thread has for itself, for attention scores and the like. */
  scratch(thread: number): number;
}

/** Lays out everything that is not a parameter. */
export function placeValues(
  plan: LayerPlan,
  layout: Layout,
  options: { readonly threads: number; readonly tokens: TokenLanes; readonly scratchBytes: number },
): Places {
  const { threads, tokens, scratchBytes } = options;
  const { groups, panels, panelLanes } = tokens;
  const bytesOf = (value: Value) => panelBytes(paddedRows(value.rows, ROW_BLOCK), panelLanes);
  const memory = planMemory(plan, bytesOf);
  const sets = layout.reserve(threads * panels * memory.sizeBytes);
  const scratch = layout.reserve(threads * scratchBytes);
  const fixed = new Map<number, number>();
  for (const value of plan.values) {
    if (value.lanes === "batch" || memory.offsets.has(value.id)) continue;
    fixed.set(value.id, layout.reserve(groups * panels * bytesOf(value)));
  }
  return {
    tokens,
    inputs: placeInputs(plan, layout, tokens),
    laneOf: (item) => firstLaneOf(tokens, item),
    scratch: (thread) => scratch + thread * scratchBytes,
    of(value, group, thread): Place {
      const offset = memory.offsets.get(value.id);
      if (offset !== undefined) {
        const set = sets + thread * panels * memory.sizeBytes;
        return { address: set + offset, stride: memory.sizeBytes };
      }
      const stride = bytesOf(value);
      return { address: (fixed.get(value.id) ?? 0) + group * panels * stride, stride };
    },
  };
}

function placeInputs(
  plan: LayerPlan,
  layout: Layout,
  { groups, panels, panelLanes }: TokenLanes,
): InputPlaces {
  const lanes = panels * panelLanes;
  const ids = new Map<string | readonly number[], number>();
  const masks = new Map<string, { mask: AttentionMask; address: number }>();
  const listBytes = groups * lanes * 4;
  for (const layer of plan.layers) {
    for (const term of layer.kind === "embed" ? layer.terms : []) {
      if (ids.has(term.ids)) continue;
      ids.set(term.ids, layout.reserve(typeof term.ids === "string" ? listBytes : lanes * 4));
    }
    const mask = layer.kind === "attention" ? layer.mask : null;
    const key = maskKey(mask);
    if (mask !== null && !masks.has(key)) {
      masks.set(key, { mask, address: layout.reserve(listBytes) });
    }
  }
  return { ids, masks, noMask: layout.reserve(listBytes), lanes };
}

/** Equal masks share one list. */
export function maskKey(mask: AttentionMask | null): string {
  return JSON.stringify(mask);
}
