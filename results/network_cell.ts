/**
 * Ids of networks' cells taken apart: `<network> <dtype> <pattern> <sparsity> batch=<n> [seq=<n>]`.
 *
 * @module
 */

/** What a cell in which a network was run says of itself. */
export interface NetworkCell {
  /** Short name, e.g. `bert-mini`. */
  readonly network: string;
  /** Type of weights and activations, e.g. `f32`. */
  readonly dtype: string;
  /** Pattern of the zeros, by name. */
  readonly pattern: string;
  /** Fraction of zeros in the pruned layers, 0 to 1. */
  readonly sparsity: number;
  /** Items per run. */
  readonly batch: number;
  /** Tokens of a sequence; `null` where there are none. */
  readonly sequence: number | null;
}

/**
 * The parts of a cell's id; `null` if it is not that of a network.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(readNetworkCell("resnet50 f32 2x1 0.78 batch=32")?.batch, 32);
 * assertEquals(readNetworkCell("f32 4x1 0.9 1024x1024x64"), null);
 * ```
 */
export function readNetworkCell(cell: string): NetworkCell | null {
  const [network, dtype, pattern, zeros, ...options] = cell.split(" ");
  if (!network || !dtype || !pattern || !zeros) return null;
  const numbers = new Map(options.map((option) => {
    const [name = "", value = ""] = option.split("=");
    return [name, Number(value)];
  }));
  const [sparsity, batch] = [Number(zeros), numbers.get("batch") ?? NaN];
  if (!(sparsity >= 0 && sparsity <= 1 && batch >= 1)) return null;
  return { network, dtype, pattern, sparsity, batch, sequence: numbers.get("seq") ?? null };
}

/** What cells share that differ in the size of the batch only: their id without it. */
export function withoutBatch(cell: string): string {
  return cell.replace(/ batch=\d+/, "");
}
