// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Section: what the size of the batch and the length of sequences do to time, throughput and speed-up, network by network.
 *
 * @module
 */
import type { VNode } from "preact";
import type { TopLevelSpec } from "vega-lite";
import { itemsPerSecond, type NetworkSweep } from "../../results/mod.ts";
import {
  AXES,
  ceilingsOf,
  drawnRatios,
  sweepRateSpec,
  sweepSpeedupSpec,
  sweepTimeSpec,
  sweepTitle,
} from "../charts/network_sweep.ts";
import { networkTitle } from "../charts/networks.ts";
import { type Layout, SMALL } from "../charts/theme.ts";
import { draw } from "../drawing.ts";
import { FoldedTable, Key, type Section } from "../elements.tsx";
import { count, duration, list, significant, times, timesWithin } from "../wording.ts";

/** Places from which on a network is shown as a sweep among others. */
export const LEAST_PLACES = 3;

/** The same where the network stands alone, with all its times and speed-ups one below the other. */
export const LEAST_PLACES_ALONE = 4;

/** Characters of pictures from which on no more are drawn, so that a page stays small; the tables have all sweeps. */
const MOST_CHARACTERS = 300_000;

/** Three charts for each network and number of threads; `null` without sweeps. */
export async function sweepsSection(sweeps: readonly NetworkSweep[]): Promise<Section | null> {
  if (sweeps.length === 0) return null;
  const axes = [...new Set(sweeps.map(({ axis }) => axis))];
  // Every network on the fewest threads comes before any on more.
  const sorted = sweeps.toSorted((a, b) => a.threads - b.threads);
  const drawn: { readonly sweep: NetworkSweep; readonly pictures: readonly string[] }[] = [];
  for (let characters = 0; drawn.length < sorted.length && characters < MOST_CHARACTERS;) {
    const sweep = sorted[drawn.length]!;
    const pictures = await picturesOf(sweep);
    characters += pictures.reduce((sum, svg) => sum + svg.length, 0);
    drawn.push({ sweep, pictures });
  }
  const others = sorted.slice(drawn.length);
  const body = (
    <>
      <p>
        All axes are logarithmic. Speed-ups are over ONNX Runtime of the same tier; the dashed line
        is the most that skipping zeros can give, counted in multiply-accumulates. Marks are medians
        of all runs; a band that is not seen is narrower than its line.
      </p>
      <div class="legend">
        <Key marks={["sparse", "dense", "doubt", "spread", "ceiling"]} />
      </div>
      {drawn.map(({ sweep, pictures }) => <SweepFigure sweep={sweep} pictures={pictures} />)}
      {others.length > 0 && <h3>{count(others.length, "sweep")} more, not drawn</h3>}
      {others.map((sweep) => <SweepTables sweep={sweep} />)}
    </>
  );
  const words = { batch: "the size of the batch", sequence: "the length of sequences" };
  return { id: "sweeps", title: `Over ${list(axes.map((axis) => words[axis]))}`, body };
}

/** What a sweep is of, e.g. `bert-mini, 4x1 at 90 %, seq 128, 1 thread`. */
function nameOf(sweep: NetworkSweep): string {
  const { axis, network, threads } = sweep;
  const own = axis === "batch"
    ? networkTitle(sweep)
    : `${networkTitle({ network: { ...network, sequence: null } })}, batch ${network.batch}`;
  return `${own}, ${count(threads, "thread")}`;
}

async function picturesOf(sweep: NetworkSweep): Promise<string[]> {
  const name = nameOf(sweep);
  const pictures = [
    await small((layout) => sweepTimeSpec(sweep, layout), `Time per run of ${name}`),
    await small((layout) => sweepRateSpec(sweep, layout), `Items per second of ${name}`),
  ];
  if (drawnRatios(sweep).length === 0) return pictures;
  return [
    ...pictures,
    await small((layout) => sweepSpeedupSpec(sweep, layout), `Speed-up of ${name}`),
  ];
}

function SweepFigure(
  { sweep, pictures }: { readonly sweep: NetworkSweep; readonly pictures: readonly string[] },
): VNode {
  return (
    <figure>
      <h3>
        {nameOf(sweep)}: {sweepTitle(sweep)}
      </h3>
      <div class="multiples">
        {pictures.map((svg) => <div class="picture" dangerouslySetInnerHTML={{ __html: svg }} />)}
      </div>
      <SweepTables sweep={sweep} />
    </figure>
  );
}

async function small(spec: (layout: Layout) => TopLevelSpec, label: string): Promise<string> {
  const words = `${label}: a line for each engine; the tables have the figures.`;
  return (await draw(spec, words, [SMALL])).svg;
}

function SweepTables({ sweep }: { readonly sweep: NetworkSweep }): VNode {
  const name = nameOf(sweep);
  const { place } = AXES[sweep.axis];
  const columns = sweep.places.map((at) => ({ title: `${place} ${at}`, numeric: true }));
  return (
    <>
      <FoldedTable
        folded
        caption={`${name}: times and items per second`}
        columns={[{ title: "engine" }, ...columns]}
        rows={timeRows(sweep)}
      />
      <FoldedTable
        folded
        caption={`${name}: speed-ups with 95 % intervals`}
        columns={[{ title: "engine / baseline" }, ...columns]}
        rows={speedupRows(sweep)}
      />
    </>
  );
}

function timeRows({ places, times }: NetworkSweep): string[][] {
  return [...times].flatMap(([engine, all]) => {
    const at = new Map(all.map((one) => [one.at, one]));
    const timed = places.map((place) => at.get(place));
    return [
      [engine, ...timed.map((time) => time ? duration(time.summary.median) : "–")],
      [
        `${engine}, items per second`,
        ...timed.map((time) => time ? significant(itemsPerSecond(time)!.estimate) : "–"),
      ],
    ];
  });
}

function speedupRows(sweep: NetworkSweep): string[][] {
  const { places, ratios } = sweep;
  const ceilings = new Map(ceilingsOf(drawnRatios(sweep).flat()).map(({ x, y }) => [x, y]));
  const own = ratios.map((all) => {
    const { subject, baseline } = all[0]!.comparison;
    const at = new Map(all.map(({ at, comparison }) => [at, comparison.ratio]));
    const cells = places.map((place) => at.has(place) ? timesWithin(at.get(place)!) : "–");
    return [`${subject} / ${baseline}`, ...cells];
  });
  if (ceilings.size === 0) return own;
  const most = places.map((place) => ceilings.has(place) ? times(ceilings.get(place)!) : "–");
  return [...own, ["ceiling by work", ...most]];
}
