/**
 * What a result tells of kernels on layers, as lines for a terminal.
 *
 * @module
 */
import {
  breakEvens,
  type KernelRow,
  kernelRows,
  type MachinePeaks,
  type Result,
} from "../results/mod.ts";
import { median } from "../core/mod.ts";
import { percent } from "../suites/mod.ts";

/** Rates, roofs and costs of every kernel, where sparse begins to win, and the peaks. */
export function kernelLines(
  result: Pick<Result, "comparisons" | "measurements" | "peaks">,
): string[] {
  const rows = kernelRows(result);
  if (rows.length === 0) return [];
  return [
    "",
    "what kernels do on non-zeros [dense-equivalent in brackets], what limits them, what preparing them costs",
    ...rowLines(rows),
    ...breakEvenLines(result),
    ...(result.peaks ?? []).map(peakLine),
  ];
}

/** A heading for each layer, then a line for each kernel. */
function rowLines(rows: readonly KernelRow[]): string[] {
  const names = rows.map(nameOf);
  const width = Math.max(...names.map((name) => name.length));
  const groups = Map.groupBy(rows.keys(), (index) => {
    const { cell, threads } = rows[index]!.measurement;
    return `${cell}, ${threads === 1 ? "1 thread" : `${threads} threads`}`;
  });
  return [...groups].flatMap(([heading, indices]) => [
    heading,
    ...indices.map((index) => `  ${names[index]!.padEnd(width)}  ${figuresOf(rows[index]!)}`),
  ]);
}

function nameOf({ measurement, facts }: KernelRow): string {
  return `${measurement.engine.replace("skipzero-", "")} (${facts.family} ${facts.target})`;
}

function figuresOf({ layer, roof, packNs, emitNs, payback }: KernelRow): string {
  const unit = layer.dtype === "f32" ? "GFLOP/s" : "GOP/s";
  return [
    `${significant(roof.rateDone)} [${significant(roof.rateDense)}] ${unit}`.padEnd(20),
    `${percent(roof.ofPeak, 0)} of peak`.padStart(13),
    `${percent(roof.ofBandwidth, 0)} of bandwidth`.padStart(18),
    roof.limit.padEnd(9),
    `packed ${milliseconds(packNs)}, emitted ${milliseconds(emitNs)}`,
    ...payback ? [paybackWords(payback)] : [],
  ].join("  ");
}

function paybackWords({ baseline, runs }: NonNullable<KernelRow["payback"]>): string {
  return runs === null ? `not faster than ${baseline}` : `paid back in ${runs} runs`;
}

function breakEvenLines(result: Pick<Result, "comparisons" | "measurements">): string[] {
  return breakEvens(result).filter(({ subject }) =>
    !/-(dense|sparse-sparse|k-winners)$/.test(subject)
  ).map(
    (crossing) => {
      const { subject, baseline, layer, sparsity, low, high, sweep } = crossing;
      const { pattern, rows, cols, lanes } = layer;
      const what =
        `break-even ${pattern} ${rows}x${cols}x${lanes}: ${subject} wins over ${baseline}`;
      if (sparsity === null) return `${what} at no sparsity measured`;
      if (sparsity === 0) {
        return `${what} from ${percent(sweep[0]!.sparsity, 0)} zeros on, the least measured`;
      }
      const ends = [low, high].map((end) => end === null ? "?" : percent(end, 0));
      return `${what} from ${percent(sparsity, 0)} zeros on [${ends.join(", ")}]`;
    },
  );
}

function peakLine({ target, threads, gflops, gops, reads }: MachinePeaks): string {
  const sizes = reads.map(({ sizeBytes, gbps }) =>
    `${significant(median(gbps))} from ${sizeBytes / 1024} KiB`
  );
  const bytes = gops.length > 0 ? `, ${significant(median(gops))} GOP/s of bytes` : "";
  const shared = threads === 1 ? "1 thread" : `${threads} threads`;
  return `peaks of ${target}, ${shared}: ${significant(median(gflops))} GFLOP/s${bytes}; ` +
    `reads in GB/s: ${sizes.join(", ")}`;
}

function milliseconds(ns: number): string {
  return `${significant(ns / 1e6)} ms`;
}

/** Three digits, without exponent. */
function significant(value: number): string {
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}
