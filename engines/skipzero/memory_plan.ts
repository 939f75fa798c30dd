/**
 * Memory plan: where each token value lives inside a panel's working set.
 *
 * Every panel of tokens has a working set of its own, so that layers which work token by token touch nothing of another
 * panel. Inside it, a value takes the lowest gap that is free while the value lives.
 *
 * @module
 */
import type { Layer, LayerPlan, Value } from "./layers.ts";

/** Offsets inside a panel's working set. */
export interface MemoryPlan {
  /** Byte offset of each token value, by value id; outputs of the graph are not in the working set. */
  readonly offsets: ReadonlyMap<number, number>;
  /** Bytes of one working set. */
  readonly sizeBytes: number;
}

interface Lifetime {
  readonly value: Value;
  readonly first: number;
  last: number;
}

/**
 * Places the token values of a plan.
 *
 * @param sizeOf Bytes of one panel of a value; a multiple of 64.
 */
export function planMemory(plan: LayerPlan, sizeOf: (value: Value) => number): MemoryPlan {
  const outputs = new Set(plan.outputs.map(({ value }) => value.id));
  return placeLives(
    lifetimes(plan.layers)
      .filter(({ value }) => value.lanes === "tokens" && !outputs.has(value.id))
      .map(({ value, first, last }) => ({
        id: value.id,
        sizeBytes: sizeOf(value),
        first,
        last,
      })),
  );
}

/** How long something needs memory: from one layer to another, both included. */
export interface Life {
  /** Tells them apart. */
  readonly id: number;
  /** Bytes; a multiple of 64. */
  readonly sizeBytes: number;
  /** Position of the layer that writes it. */
  readonly first: number;
  /** Position of the last layer that reads it. */
  readonly last: number;
}

/** Gives each the lowest gap that is free while it lives, in the order given. */
export function placeLives(lives: readonly Life[]): MemoryPlan {
  const placed: { start: number; end: number; life: Life }[] = [];
  for (const life of lives) {
    const busy = placed.filter(({ life: other }) => overlap(life, other))
      .sort((a, b) => a.start - b.start);
    let start = 0;
    for (const other of busy) {
      if (start + life.sizeBytes <= other.start) break;
      start = Math.max(start, other.end);
    }
    placed.push({ start, end: start + life.sizeBytes, life });
  }
  return {
    offsets: new Map(placed.map(({ start, life }) => [life.id, start])),
    sizeBytes: placed.reduce((most, { end }) => Math.max(most, end), 0),
  };
}

/** Values that a layer reads. */
export function inputsOf(layer: Layer): readonly Value[] {
  switch (layer.kind) {
    case "embed":
    case "read":
    case "look_up":
      return [];
    case "attention":
      return [layer.q, layer.k, layer.v];
    case "linear":
      return layer.residual === null ? [layer.x] : [layer.x, layer.residual];
    default:
      return [layer.x];
  }
}

function lifetimes(layers: readonly Layer[]): readonly Lifetime[] {
  const byId = new Map<number, Lifetime>();
  layers.forEach((layer, at) => {
    for (const value of inputsOf(layer)) {
      const life = byId.get(value.id);
      if (life) life.last = at;
    }
    byId.set(layer.out.id, { value: layer.out, first: at, last: at });
  });
  return [...byId.values()];
}

// Closed intervals: a layer never writes over its own input.
function overlap(a: Life, b: Life): boolean {
  return a.first <= b.last && b.first <= a.last;
}
