/**
 * Rows of the chart of formats: one line a format, its name, and what the chart shows.
 *
 * @module
 */
import type { StoredFormat } from "../../results/mod.ts";
import { percent, times } from "../wording.ts";

/** How a format is called on the chart. */
const LABELS: Readonly<Record<string, string>> = {
  dense: "dense",
  coo: "COO",
  csr: "CSR",
  csc: "CSC",
  bsr: "BSR",
  ell: "ELL",
  bitmap: "bitmap",
  n_of_m: "N:M",
  skipzero: "skipzero",
};

/** Name of a format as people write it, e.g. `CSR`. */
export function formatName(format: string): string {
  return LABELS[format] ?? format;
}

/** One line of the chart. */
export interface FormatLine {
  /** Name at its end. */
  readonly label: string;
  /** Whether the format is ours. */
  readonly own: boolean;
  /** Kept weights and stored bytes in per cent, and both in words; the fullest matrix first. */
  readonly points: readonly {
    readonly kept: number;
    readonly share: number;
    readonly tip: string;
  }[];
}

/**
 * Lines of the formats, ours last and on top. CSC is left out where it lies on CSR.
 *
 * @param rows Of one pattern.
 */
export function formatLines(rows: readonly StoredFormat[]): FormatLine[] {
  const names = [...new Set(rows.map(({ format }) => format))]
    .filter((name) => name !== "dense" && name !== "skipzero");
  const lines = [...names, "skipzero"].map((name): FormatLine => {
    const own = rows.filter(({ format }) => format === name);
    const details = new Set(own.map(({ detail }) => detail));
    const [detail] = details;
    const label = formatName(name);
    return {
      label: details.size === 1 && name !== "skipzero" && detail ? `${label} ${detail}` : label,
      own: name === "skipzero",
      points: own.map(({ sparsity, bytes, denseBytes }) => ({
        kept: 100 * (1 - sparsity),
        share: 100 * bytes.total / denseBytes,
        tip: `${label} at ${percent(sparsity)} zeros: ${
          percent(bytes.total / denseBytes)
        } of dense`,
      })).filter(({ kept }) => kept > 0).sort((a, b) => b.kept - a.kept),
    };
  }).filter(({ points }) => points.length > 0);
  const csr = lines.find(({ label }) => label === "CSR");
  const same = lines.find(({ label }) => label === "CSC");
  if (!csr || !same || same.points.some(({ share }, i) => !near(share, csr.points[i]!.share))) {
    return lines;
  }
  return lines.filter((line) => line !== same)
    .map((line) => line === csr ? { ...line, label: "CSR, CSC" } : line);
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) < 0.02 * b;
}

/** What the chart shows, e.g. `At 90 % zeros skipzero takes 12.6 % of the dense bytes, CSR 15.1 %`. */
export function formatBytesTitle(rows: readonly StoredFormat[]): string {
  const share = (row: StoredFormat): number => row.bytes.total / row.denseBytes;
  const own = rows.filter(({ format }) => format === "skipzero");
  const shown = own.reduce<StoredFormat | null>(
    (best, row) =>
      best === null || Math.abs(row.sparsity - 0.9) < Math.abs(best.sparsity - 0.9) ? row : best,
    null,
  );
  if (shown === null) return "No matrix was stored";
  const csr = rows.find(({ format, sparsity }) => format === "csr" && sparsity === shown.sparsity);
  const beside = csr === undefined ? "" : `, ${times(share(shown) / share(csr))} what CSR takes`;
  return `${shown.pattern} at ${percent(shown.sparsity, 0)} zeros: skipzero takes ${
    percent(share(shown))
  } of the dense bytes${beside}`;
}
