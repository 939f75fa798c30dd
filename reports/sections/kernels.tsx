/**
 * Sections of single layers: rooflines, where sparse begins to win, and every kernel with its costs.
 *
 * @module
 */
import type { VNode } from "preact";
import { median } from "../../core/mod.ts";
import {
  type BreakEven,
  breakEvens,
  type KernelRow,
  kernelRows,
  type MachinePeaks,
  type Result,
} from "../../results/mod.ts";
import { shortCells } from "../cells.ts";
import { breakEvenSpec, breakEvenTitle } from "../charts/break_even.ts";
import { rooflineSpec, rooflineTitle, roofsOf, unitOf } from "../charts/roofline.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section } from "../elements.tsx";
import { byteSize, count, duration, percent, significant } from "../wording.ts";

/** Rooflines, one for each instruction set, number of threads and type of values; `null` without kernels. */
export async function rooflineSection(result: Result): Promise<Section | null> {
  const rows = kernelRows(result);
  if (rows.length === 0) return null;
  const groups = Map.groupBy(
    rows,
    ({ facts, measurement, layer }) => `${facts.target} ${measurement.threads} ${layer.dtype}`,
  );
  const figures: VNode[] = [];
  for (const group of groups.values()) figures.push(await rooflineFigure(group, result));
  const body = (
    <>
      {figures}
      <PeakTable peaks={result.peaks ?? []} />
    </>
  );
  return { id: "roofline", title: "Under the roof", body };
}

/** Points that a chart shows at most; the files have them all. */
const MOST_POINTS = 200;

async function rooflineFigure(rows: readonly KernelRow[], result: Result): Promise<VNode> {
  const { facts, measurement, layer } = rows[0]!;
  const { threads } = measurement;
  const peaks = result.peaks!.find((one) =>
    one.target === facts.target && one.threads === threads
  )!;
  const title = `${rooflineTitle(rows)}: ${facts.target}, ${layer.dtype}, ${
    count(threads, "thread")
  }`;
  const roofs = roofsOf(peaks, layer.dtype);
  const drawing = await draw(
    (layout) => rooflineSpec(rows.slice(0, MOST_POINTS), roofs, layout),
    `${title}. Roofline with ${count(rows.length, "kernel")}; the table has the figures.`,
  );
  return (
    <Figure title={title} drawings={[{ drawing }]} table={kernelTable(rows)}>
      <p>
        Each point is a kernel on a layer. Dashed are the measured roofs: multiply-adds on
        registers, and reading stretches of the sizes named. Bytes are those of packed weights and
        of activations, each counted once. A kernel below 60 % of its roof is limited by neither: by
        latencies, load slots, stored zeros or fixed costs.
      </p>
      {rows.length > MOST_POINTS && <p>The first {MOST_POINTS} are drawn.</p>}
      <Key marks={["sparse", "dense", "ceiling"]} words={{ ceiling: "measured roof" }} />
    </Figure>
  );
}

function kernelTable(rows: readonly KernelRow[]): VNode {
  const names = shortCells(rows.map(({ measurement }) => measurement.cell));
  const unit = unitOf(rows[0]!.layer.dtype);
  return (
    <FoldedTable
      caption={`${count(rows.length, "kernel")}: rates, roof and costs`}
      columns={[
        { title: "layer" },
        { title: "kernel" },
        { title: `${unit} done`, numeric: true },
        { title: `${unit} dense-equivalent`, numeric: true },
        { title: "of peak", numeric: true },
        { title: "of bandwidth", numeric: true },
        { title: "moved", numeric: true },
        { title: "operations a byte", numeric: true },
        { title: "of its roof", numeric: true },
        { title: "limit" },
        { title: "packing", numeric: true },
        { title: "emitting", numeric: true },
        { title: "paid back after", numeric: true },
      ]}
      rows={rows.map(({ measurement, roof, packNs, emitNs, payback }) => [
        names.get(measurement.cell),
        measurement.kernel ?? "–",
        significant(roof.rateDone),
        significant(roof.rateDense),
        percent(roof.ofPeak, 0),
        percent(roof.ofBandwidth, 0),
        byteSize(roof.bytes),
        significant(roof.intensity),
        percent(roof.ofBound, 0),
        roof.limit,
        duration(packNs),
        duration(emitNs),
        payback === null ? "–" : payback.runs === null ? "never" : count(payback.runs, "run"),
      ])}
    />
  );
}

function PeakTable({ peaks }: { readonly peaks: readonly MachinePeaks[] }): VNode {
  const spread = (values: readonly number[]): string =>
    values.length === 0
      ? "–"
      : `${significant(median(values))} (${significant(Math.min(...values))} – ${
        significant(Math.max(...values))
      })`;
  return (
    <FoldedTable
      caption="Peaks of the machine: median and range over processes"
      columns={[
        { title: "instruction set" },
        { title: "threads", numeric: true },
        { title: "what" },
        { title: "rate", numeric: true },
      ]}
      rows={peaks.flatMap(({ target, threads, gflops, gops, reads }) => [
        [target, threads, "float32 multiply-adds, GFLOP/s", spread(gflops)],
        ...gops.length > 0 ? [[target, threads, "products of bytes, GOP/s", spread(gops)]] : [],
        ...reads.map(({ sizeBytes, gbps }) => [
          target,
          threads,
          `reading ${byteSize(sizeBytes)}, GB/s`,
          spread(gbps),
        ]),
      ])}
    />
  );
}

/** Where sparse begins to win, one chart for each pair of engines and size; `null` without sweeps. */
export async function breakEvenSection(result: Result): Promise<Section | null> {
  const crossings = breakEvens(result).filter(({ subject }) =>
    !/-(dense|sparse-sparse|k-winners)$/.test(subject)
  );
  if (crossings.length === 0) return null;
  const groups = Map.groupBy(
    crossings,
    ({ subject, baseline, threads, layer }) =>
      JSON.stringify([
        subject,
        baseline,
        threads,
        layer.dtype,
        layer.rows,
        layer.cols,
        layer.lanes,
      ]),
  );
  const figures: VNode[] = [];
  const others: BreakEven[] = [];
  for (const group of groups.values()) {
    const longest = Math.max(...group.map(({ sweep }) => sweep.length));
    if (longest >= DRAWN_POINTS || groups.size === 1) figures.push(await breakEvenFigure(group));
    else others.push(...group);
  }
  const body = (
    <>
      {figures}
      {others.length > 0 && <OtherCrossings crossings={others} />}
    </>
  );
  return { id: "break-even", title: "Where sparse begins to win", body };
}

/** Sparsities that a sweep needs for a chart of its own. */
const DRAWN_POINTS = 5;

function OtherCrossings({ crossings }: { readonly crossings: readonly BreakEven[] }): VNode {
  return (
    <FoldedTable
      caption={`${count(crossings.length, "crossing")} of shorter sweeps`}
      columns={[
        { title: "engine" },
        { title: "baseline" },
        { title: "layer" },
        { title: "threads", numeric: true },
        { title: "crossing", numeric: true },
        { title: "may win from", numeric: true },
        { title: "wins for certain from", numeric: true },
      ]}
      rows={crossings.map(({ subject, baseline, threads, layer, sparsity, low, high }) => [
        subject,
        baseline,
        `${layer.dtype} ${layer.pattern} ${layer.rows}x${layer.cols}x${layer.lanes}`,
        threads,
        place(sparsity),
        place(low),
        place(high),
      ])}
    />
  );
}

/** Where a ratio crosses 1. */
function place(sparsity: number | null): string {
  return sparsity === null ? "–" : percent(sparsity);
}

async function breakEvenFigure(crossings: readonly BreakEven[]): Promise<VNode> {
  const { subject, baseline, threads, layer } = crossings[0]!;
  const { dtype, rows, cols, lanes } = layer;
  const title = breakEvenTitle(crossings);
  const drawing = await draw(
    (layout) => breakEvenSpec(crossings, layout),
    `${title}. Lines of speed-up over sparsity; the table has the crossings.`,
  );
  return (
    <Figure
      title={title}
      drawings={[{ drawing }]}
      table={
        <FoldedTable
          caption={`Sparsity at which ${subject} passes ${baseline}, ${dtype} ${rows}x${cols}x${lanes}, ${
            count(threads, "thread")
          }`}
          columns={[
            { title: "pattern" },
            { title: "crossing", numeric: true },
            { title: "may win from", numeric: true },
            { title: "wins for certain from", numeric: true },
          ]}
          rows={crossings.map(({ layer, sparsity, low, high }) => [
            layer.pattern,
            place(sparsity),
            place(low),
            place(high),
          ])}
        />
      }
    >
      <p>
        {subject} against {baseline}, {dtype}, {rows}x{cols} with {lanes} lanes,{" "}
        {count(threads, "thread")}. Crossings are interpolated between neighbouring sparsities along
        the logarithm of the ratio; a crossing of 0 % lies below the least that was measured.
      </p>
      <Key marks={["sparse", "whisker"]} />
    </Figure>
  );
}
