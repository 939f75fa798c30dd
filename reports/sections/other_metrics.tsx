/**
 * Section: metrics of the trained models besides the one that is judged, and how they stand noise.
 *
 * @module
 */
import type { VNode } from "preact";
import type { Figures, MetricFigures, Result } from "../../results/mod.ts";
import { metricName } from "../charts/accuracy.ts";
import { noiseTitle, noiseTrials, noiseTrialsSpec } from "../charts/noise_trials.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section } from "../elements.tsx";
import { decimal, percent } from "../wording.ts";

/** Other metrics and tests under noise; `null` if there are none. */
export async function otherMetricsSection({ accuracy }: Result): Promise<Section | null> {
  const { others = [], trials = [] } = accuracy ?? {};
  if (accuracy === null || others.length + trials.length === 0) return null;
  const body = (
    <>
      {await noiseFigure(trials, metricName(accuracy.metric))}
      {others.length > 0 && <MetricTable caption="Other metrics of both models" rows={others} />}
      {trials.length > 0 && (
        <MetricTable
          caption={`${metricName(accuracy.metric)} in further tests`}
          rows={trials}
        />
      )}
    </>
  );
  return { id: "other-metrics", title: trials.length > 0 ? "Under noise" : "Other metrics", body };
}

async function noiseFigure(
  trials: readonly MetricFigures[],
  metric: string,
): Promise<VNode | null> {
  const noisy = noiseTrials(trials);
  if (noisy.length < 2) return null;
  const title = noiseTitle(noisy, metric);
  const drawing = await draw(
    (layout) => noiseTrialsSpec(noisy, metric, layout),
    `${title}. Lines of both models over noise; the table has the figures.`,
  );
  return (
    <Figure title={title} drawings={[{ drawing }]}>
      <p>The finished models on the same evaluation examples, under more and more noise.</p>
      <Key marks={["sparse", "dense", "seed", "spread"]} />
    </Figure>
  );
}

function MetricTable(
  { caption, rows }: { readonly caption: string; readonly rows: readonly MetricFigures[] },
): VNode {
  const published = rows.some((row) => row.published !== undefined);
  return (
    <FoldedTable
      caption={caption}
      columns={[
        { title: "metric" },
        { title: "dense", numeric: true },
        { title: "sparse", numeric: true },
        ...published ? [{ title: "published: dense, sparse", numeric: true }] : [],
      ]}
      rows={rows.map((row) => [
        row.published
          ? `${metricName(row.name)} (published: ${row.published.says})`
          : metricName(row.name),
        figuresInWords(row.dense),
        figuresInWords(row.sparse),
        ...published ? [publishedInWords(row)] : [],
      ])}
    />
  );
}

/** Mean and standard deviation; counts and losses, which are larger than 1, as they are. */
function figuresInWords({ mean, sd, values }: Figures): string {
  if (values.length === 0) return "–";
  return values.length === 1 ? inWords(mean) : `${inWords(mean)} ± ${inWords(sd, mean)}`;
}

function inWords(value: number, unitOf = value): string {
  if (unitOf <= 1) return percent(value, 2);
  return unitOf >= 100 ? Math.round(value).toLocaleString("en") : decimal(value, 3);
}

function publishedInWords({ published }: MetricFigures): string {
  if (published === undefined) return "–";
  return [published.dense, published.sparse]
    .map((value) => value === undefined ? "–" : inWords(value)).join(", ");
}
