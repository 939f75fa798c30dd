/**
 * Layers over features of the whole batch that a graph of sequences does not have: inputs, look-ups and interactions.
 *
 * @module
 */
import type { Value } from "../layers.ts";

/** Reads a graph input of float32 `[batch, ...]`, all axes behind the batch as features. */
export interface ReadLayer {
  /** Tells the layers apart. */
  readonly kind: "read";
  /** Features that are written. */
  readonly out: Value;
  /** Graph input. */
  readonly input: string;
}

/** Looks up one row of a table for each item. */
export interface LookUpLayer {
  /** Tells the layers apart. */
  readonly kind: "look_up";
  /** Features that are written. */
  readonly out: Value;
  /** Initializer of shape `[entries, features]`. */
  readonly table: string;
  /** Graph input of integers: `[batch]`, or `[lists, batch]`. */
  readonly ids: string;
  /** Which of its lists. */
  readonly list: number;
}

/** Copies features. */
export interface CopyLayer {
  /** Tells the layers apart. */
  readonly kind: "copy";
  /** Features that are written. */
  readonly out: Value;
  /** Features that are read, as many. */
  readonly x: Value;
}

/**
 * Dot products of pairs of vectors: the features are `vectors` vectors one behind the other. One feature behind the last
 * one is overwritten.
 */
export interface PairProductsLayer {
  /** Tells the layers apart. */
  readonly kind: "pair_products";
  /** A feature for each pair. */
  readonly out: Value;
  /** Vectors. */
  readonly x: Value;
  /** Number of vectors. */
  readonly vectors: number;
  /** The two vectors of each product. */
  readonly pairs: readonly (readonly [number, number])[];
}

/** A layer that only batches have. */
export type BatchOnlyLayer = ReadLayer | LookUpLayer | CopyLayer | PairProductsLayer;
