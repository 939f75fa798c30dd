/**
 * The register tile that every matrix product shares.
 *
 * @module
 */
import type { Address, Vector, VectorMachine } from "../machine.ts";

/** R rows by V vectors of sums. */
export type Accumulators = readonly (readonly Vector[])[];

/** Takes the registers of a tile; their content is undefined. */
export function takeAccumulators(
  machine: VectorMachine,
  rows: number,
  vectors: number,
): Accumulators {
  return Array.from(
    { length: rows },
    () => Array.from({ length: vectors }, () => machine.vector()),
  );
}

/**
 * `sums[r][v] += weight(r) * activation(v)`: one step of the inner product.
 *
 * Holds whichever side has fewer registers and streams the other, so it takes `min(R, V) + 1` registers; with one row
 * the activations stay operands in memory.
 */
export function multiplyAccumulate(
  machine: VectorMachine,
  sums: Accumulators,
  weight: (row: number) => Address,
  activation: (vector: number) => Address,
): void {
  const vectors = sums[0]!.length;
  machine.scope(() => {
    if (sums.length === 1) return streamOperands(machine, sums[0]!, weight(0), activation);
    if (sums.length < vectors) return streamActivations(machine, sums, weight, activation);
    const held = sums[0]!.map((_, v) => loaded(machine, activation(v)));
    const streamed = machine.vector();
    sums.forEach((row, r) => {
      machine.broadcast(streamed, weight(r));
      row.forEach((sum, v) => machine.fma(sum, streamed, held[v]!));
    });
  });
}

function streamOperands(
  machine: VectorMachine,
  row: readonly Vector[],
  weight: Address,
  activation: (vector: number) => Address,
): void {
  const held = machine.vector();
  machine.broadcast(held, weight);
  row.forEach((sum, v) => machine.fma(sum, held, activation(v)));
}

function streamActivations(
  machine: VectorMachine,
  sums: Accumulators,
  weight: (row: number) => Address,
  activation: (vector: number) => Address,
): void {
  const held = sums.map((_, r) => {
    const vector = machine.vector();
    machine.broadcast(vector, weight(r));
    return vector;
  });
  const streamed = machine.vector();
  sums[0]!.forEach((_, v) => {
    machine.load(streamed, activation(v));
    sums.forEach((row, r) => machine.fma(row[v]!, held[r]!, streamed));
  });
}

function loaded(machine: VectorMachine, from: Address): Vector {
  const vector = machine.vector();
  machine.load(vector, from);
  return vector;
}

/** Stores a tile: row r, vector v at `place(r, v)`. */
export function storeAccumulators(
  machine: VectorMachine,
  sums: Accumulators,
  place: (row: number, vector: number) => Address,
): void {
  sums.forEach((row, r) => row.forEach((sum, v) => machine.store(place(r, v), sum)));
}
