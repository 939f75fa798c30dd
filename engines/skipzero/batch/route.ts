/**
 * In which format each value of the batch is held, and where it changes: layers as a list of actions on storage.
 *
 * @module
 */
import type { Layer, LinearLayer, Value } from "../layers.ts";
import { inputsOf } from "../memory_plan.ts";
import { isBatchLayer } from "../layers.ts";
import type { BatchChoice } from "./choose_form.ts";

/** How features lie: panels have items in their lanes, rows have the features of an item next to each other. */
export type BatchFormat = "panels" | "rows";

/** A value in one format. */
export interface Storage {
  /** Position among the storages of the segment. */
  readonly id: number;
  /** What is stored. */
  readonly value: Value;
  /** How. */
  readonly format: BatchFormat;
  /** The storage that it is a part of, and its first feature there; `null` if it is none. */
  readonly within: { readonly storage: Storage; readonly row: number } | null;
}

/** One thing to do. */
export type Action =
  | {
    /** Computes a layer. */
    readonly kind: "compute";
    /** What is computed. */
    readonly layer: Layer;
    /** What the layer reads, in its order. */
    readonly inputs: readonly Storage[];
    /** What is written. */
    readonly out: Storage;
  }
  | {
    /** Changes the format of a value. */
    readonly kind: "convert";
    /** For whom. */
    readonly layer: Layer;
    /** The value as it is. */
    readonly inputs: readonly [Storage];
    /** The value, or another one with as many features, in the other format. */
    readonly out: Storage;
  };

/** The batch's part of a plan in the order in which it is done. */
export interface Route {
  /** Every storage. */
  readonly storages: readonly Storage[];
  /** What is done. */
  readonly actions: readonly Action[];
  /** Where values that other segments write are to be written, by value id. */
  readonly entries: ReadonlyMap<number, Storage>;
  /** Where values are found at the end, by value id. */
  readonly found: ReadonlyMap<number, Storage>;
}

/**
 * Finds formats for all values of the batch.
 *
 * @param choices Forms of the linear layers.
 * @param outputs Graph outputs that are values of the batch.
 */
export function routeBatch(
  layers: readonly Layer[],
  choices: ReadonlyMap<LinearLayer, BatchChoice>,
  outputs: readonly Value[],
): Route {
  const router = new Router(layers.filter(isBatchLayer), choices);
  return router.route(outputs);
}

class Router {
  readonly #layers: readonly Layer[];
  readonly #choices: ReadonlyMap<LinearLayer, BatchChoice>;
  readonly #storages: Storage[] = [];
  readonly #actions: Action[] = [];
  readonly #entries = new Map<number, Storage>();
  readonly #held = new Map<number, Partial<Record<BatchFormat, Storage>>>();

  constructor(layers: readonly Layer[], choices: ReadonlyMap<LinearLayer, BatchChoice>) {
    this.#layers = layers;
    this.#choices = choices;
  }

  route(outputs: readonly Value[]): Route {
    for (const layer of this.#layers) this.#add(layer);
    for (const value of outputs) if (!this.#held.has(value.id)) this.#enter(value, "rows");
    const found = [...this.#held].map(([id, { panels, rows }]) => [id, panels ?? rows!] as const);
    return {
      storages: this.#storages,
      actions: this.#actions,
      entries: this.#entries,
      found: new Map(found),
    };
  }

  #add(layer: Layer): void {
    const format = this.#formatOf(layer);
    const [x] = inputsOf(layer);
    if (layer.kind === "copy" && x && !this.#held.get(x.id)?.panels) {
      const inputs = [this.#storage(x, "rows", layer)] as const;
      const out = this.#store(layer.out, format);
      this.#actions.push({ kind: "convert", layer, inputs, out });
      return;
    }
    const inputs = inputsOf(layer).map((value) => this.#storage(value, format, layer));
    this.#actions.push({ kind: "compute", layer, inputs, out: this.#store(layer.out, format) });
  }

  /** The format that a layer reads and writes. */
  #formatOf(layer: Layer): BatchFormat {
    switch (layer.kind) {
      case "linear":
        return this.#choices.get(layer)?.form === "panel" ? "panels" : "rows";
      case "read":
        return layer.out.within ? "panels" : this.#wanted(layer.out);
      case "activate":
        return this.#held.get(layer.x.id)?.rows ? "rows" : this.#wanted(layer.out);
      default:
        return "panels";
    }
  }

  /** The format in which the first layer that reads a value wants it. */
  #wanted(value: Value): BatchFormat {
    const reader = this.#layers.find((layer) => inputsOf(layer).some(({ id }) => id === value.id));
    return reader === undefined ? "rows" : this.#formatOf(reader);
  }

  /** A value in a format, converted if it is not held so. */
  #storage(value: Value, format: BatchFormat, layer: Layer): Storage {
    const held = this.#held.get(value.id) ?? this.#enter(value, format);
    const there = held[format];
    if (there) return there;
    const other = held[format === "rows" ? "panels" : "rows"]!;
    const out = this.#store(value, format, null);
    this.#actions.push({ kind: "convert", layer, inputs: [other], out });
    return out;
  }

  #enter(value: Value, format: BatchFormat): Partial<Record<BatchFormat, Storage>> {
    const storage = this.#store(value, format);
    this.#entries.set(value.id, storage);
    return { [format]: storage };
  }

  #store(value: Value, format: BatchFormat, within = value.within ?? null): Storage {
    const whole = within && this.#whole(within.value, format);
    const storage: Storage = {
      id: this.#storages.length,
      value,
      format,
      within: whole && within && { storage: whole, row: within.row },
    };
    this.#storages.push(storage);
    this.#held.set(value.id, { ...this.#held.get(value.id), [format]: storage });
    return storage;
  }

  /** The storage that has others inside, which no layer writes as a whole. */
  #whole(value: Value, format: BatchFormat): Storage {
    return this.#held.get(value.id)?.[format] ?? this.#store(value, format);
  }
}
