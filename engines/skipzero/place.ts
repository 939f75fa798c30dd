/**
 * Where values live: working sets, graph outputs, and what lanes of the batch share. Addresses are relative to the layout.
 *
 * @module
 */
import { paddedRows, panelBytes, panelsOf } from "../../kernels/mod.ts";
import type { AttentionMask, LayerPlan, Value } from "./layers.ts";
import type { Layout } from "./layout.ts";
import { planMemory } from "./memory_plan.ts";

/** Rows of every value are filled up to a multiple of this, since kernels write whole row blocks. */
const ROW_BLOCK = 48;

/** A value's panels. */
export interface Place {
  /** First panel. */
  readonly address: number;
  /** Bytes from one panel to the next. */
  readonly stride: number;
}

/** Inputs of the graph as kernels read them: one item for each sequence, filled up to whole panels. */
export interface InputPlaces {
  /** Row offsets of each embedding term: `batch × lanes` uint32, or `lanes` for ids that the graph fixes. */
  readonly ids: ReadonlyMap<string | readonly number[], number>;
  /** What is added to the scores of each key: `batch × lanes` float32. */
  readonly masks: ReadonlyMap<string, { readonly mask: AttentionMask; readonly address: number }>;
  /** Zeros for attention without a mask. */
  readonly noMask: number;
  /** Lanes of one sequence: its panels times their width. */
  readonly lanes: number;
}

/** Places of a whole plan. */
export interface Places {
  /** Panels of one sequence. */
  readonly panels: number;
  /** Width of the panels. */
  readonly panelLanes: number;
  /** Inputs. */
  readonly inputs: InputPlaces;
  /**
   * Panels of a value of tokens.
   *
   * @param sequence Item of the batch; only graph outputs differ by it.
   * @param thread Whose working sets.
   */
  of(value: Value, sequence: number, thread: number): Place;
  /** Memory that one thread has for itself, for attention scores and the like. */
  scratch(thread: number): number;
}

/** Lays out everything that is not a parameter. */
export function placeValues(
  plan: LayerPlan,
  layout: Layout,
  options: { readonly threads: number; readonly panelLanes: number; readonly scratchBytes: number },
): Places {
  const { threads, panelLanes, scratchBytes } = options;
  const panels = panelsOf(plan.sequence, panelLanes);
  const bytesOf = (value: Value) => panelBytes(paddedRows(value.rows, ROW_BLOCK), panelLanes);
  const memory = planMemory(plan, bytesOf);
  const sets = layout.reserve(threads * panels * memory.sizeBytes);
  const scratch = layout.reserve(threads * scratchBytes);
  const fixed = new Map<number, number>();
  for (const value of plan.values) {
    if (value.lanes === "batch" || memory.offsets.has(value.id)) continue;
    fixed.set(value.id, layout.reserve(plan.batch * panels * bytesOf(value)));
  }
  return {
    panels,
    panelLanes,
    inputs: placeInputs(plan, layout, panels * panelLanes),
    scratch: (thread) => scratch + thread * scratchBytes,
    of(value, sequence, thread): Place {
      const offset = memory.offsets.get(value.id);
      if (offset !== undefined) {
        const set = sets + thread * panels * memory.sizeBytes;
        return { address: set + offset, stride: memory.sizeBytes };
      }
      const stride = bytesOf(value);
      return { address: (fixed.get(value.id) ?? 0) + sequence * panels * stride, stride };
    },
  };
}

function placeInputs(plan: LayerPlan, layout: Layout, lanes: number): InputPlaces {
  const ids = new Map<string | readonly number[], number>();
  const masks = new Map<string, { mask: AttentionMask; address: number }>();
  const listBytes = plan.batch * lanes * 4;
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
