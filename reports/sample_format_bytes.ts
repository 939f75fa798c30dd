/**
 * Bytes of formats for tests.
 *
 * @module
 */
import type { StoredFormat } from "../results/mod.ts";

/** Rows as the kernels count them for a 1000x1000 matrix. */
export function sampleFormatBytes(): StoredFormat[] {
  const shares: Readonly<Record<string, (kept: number) => number>> = {
    dense: () => 1,
    coo: (kept) => 2 * kept,
    csr: (kept) => 1.5 * kept + 0.001,
    csc: (kept) => 1.5 * kept + 0.001,
    bitmap: (kept) => kept + 1 / 32,
    bsr: (kept) => 1.125 * kept,
    skipzero: (kept) => 1.25 * kept,
  };
  return [0.5, 0.75, 0.9, 0.95, 0.98].flatMap((sparsity) =>
    Object.entries(shares).map(([format, share]) => ({
      format,
      detail: format === "bsr" ? "4x1" : "",
      pattern: "4x1",
      sparsity,
      bytes: { values: 0, indices: 0, total: Math.round(4e6 * share(1 - sparsity)) },
      denseBytes: 4e6,
    }))
  );
}
