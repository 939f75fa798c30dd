// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Section: what the size of the batch does to time, throughput and speed-up, network by network.
 *
 * @module
 */
import type { VNode } from "preact";
import type { TopLevelSpec } from "vega-lite";
import { type BatchSweep, itemsPerSecond } from "../../results/mod.ts";
import {
  batchRateSpec,
  batchSpeedupSpec,
  batchTimeSpec,
  batchTitle,
  ceilingsOf,
  drawnRatios,
} from "../charts/batch_sweep.ts";
import { networkTitle } from "../charts/networks.ts";
import { type Layout, SMALL } from "../charts/theme.ts";
import { draw } from "../drawing.ts";
import { FoldedTable, Key, type Section } from "../elements.tsx";
import { count, duration, significant, times, timesWithin } from "../wording.ts";

/** Sizes of the batch from which on a network is shown as a sweep. */
export const SWEEP_BATCHES = 4;

/** Sweeps that are drawn at most, so that a page stays small; the tables have them all. */
const MOST_SWEEPS = 16;

/** Three charts for each network and number of threads; `null` without sweeps. */
export async function batchSection(sweeps: readonly BatchSweep[]): Promise<Section | null> {
  if (sweeps.length === 0) return null;
  const figures: VNode[] = [];
  for (const sweep of sweeps.slice(0, MOST_SWEEPS)) figures.push(await sweepFigure(sweep));
  const others = sweeps.slice(MOST_SWEEPS);
  const body = (
    <>
      <p>
        All axes are logarithmic. Speed-ups are over ONNX Runtime of the same tier; the dashed line
        is the most that skipping zeros can give, counted in multiply-accumulates. Marks are medians
        of all runs, and where a band is not seen it is narrower than its line.
      </p>
      <Key
        marks={["sparse", "dense", "doubt", "spread", "ceiling"]}
        words={{ doubt: "undecided: within interval or noise" }}
      />
      {figures}
      {others.length > 0 && <p>{count(others.length, "sweep")} more are not drawn:</p>}
      {others.map((sweep) => <SweepTables sweep={sweep} />)}
    </>
  );
  return { id: "batches", title: "Over the size of the batch", body };
}

/** What a sweep is of, e.g. `bert-mini, 4x1 at 90 %, seq 128, 1 thread`. */
function nameOf(sweep: BatchSweep): string {
  return `${networkTitle(sweep)}, ${count(sweep.threads, "thread")}`;
}

async function sweepFigure(sweep: BatchSweep): Promise<VNode> {
  const name = nameOf(sweep);
  const [time, rate] = [
    await small((layout) => batchTimeSpec(sweep, layout), `Time per run of ${name}`),
    await small((layout) => batchRateSpec(sweep, layout), `Items per second of ${name}`),
  ];
  const speedup = drawnRatios(sweep).length === 0
    ? null
    : await small((layout) => batchSpeedupSpec(sweep, layout), `Speed-up of ${name}`);
  return (
    <figure>
      <h3>
        {name}: {batchTitle(sweep)}
      </h3>
      <div class="multiples">
        {[time, rate, speedup].map((svg) =>
          svg !== null && <div class="picture" dangerouslySetInnerHTML={{ __html: svg }} />
        )}
      </div>
      <SweepTables sweep={sweep} />
    </figure>
  );
}

async function small(spec: (layout: Layout) => TopLevelSpec, label: string): Promise<string> {
  const words =
    `${label} over the size of the batch, a line for each engine; the tables have the figures.`;
  return (await draw(spec, words, [SMALL])).svg;
}

function SweepTables({ sweep }: { readonly sweep: BatchSweep }): VNode {
  const name = nameOf(sweep);
  const columns = sweep.batches.map((batch) => ({ title: `batch ${batch}`, numeric: true }));
  const ceilings = new Map(ceilingsOf(drawnRatios(sweep).flat()).map(({ x, y }) => [x, y]));
  const across = (textAt: (batch: number) => string | null): string[] =>
    sweep.batches.map((batch) => textAt(batch) ?? "–");
  const engines = [...sweep.times];
  return (
    <>
      <FoldedTable
        caption={`${name}: times and items per second`}
        columns={[{ title: "engine" }, ...columns]}
        rows={engines.flatMap(([engine, all]) => {
          const at = new Map(all.map((one) => [one.batch, one]));
          return [
            [
              engine,
              ...across((batch) => at.has(batch) ? duration(at.get(batch)!.summary.median) : null),
            ],
            [
              `${engine}, items per second`,
              ...across((batch) =>
                at.has(batch) ? significant(itemsPerSecond(at.get(batch)!).estimate) : null
              ),
            ],
          ];
        })}
      />
      <FoldedTable
        caption={`${name}: speed-ups with 95 % intervals`}
        columns={[{ title: "engine / baseline" }, ...columns]}
        rows={[
          ...sweep.ratios.map((ratios) => {
            const { subject, baseline } = ratios[0]!.comparison;
            const at = new Map(ratios.map(({ batch, comparison }) => [batch, comparison.ratio]));
            return [
              `${subject} / ${baseline}`,
              ...across((batch) => at.has(batch) ? timesWithin(at.get(batch)!) : null),
            ];
          }),
          ...ceilings.size === 0 ? [] : [[
            "ceiling by work",
            ...across((batch) => ceilings.has(batch) ? times(ceilings.get(batch)!) : null),
          ]],
        ]}
      />
    </>
  );
}
