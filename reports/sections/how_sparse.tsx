/**
 * Sections: how sparse a network can be, and what width does to networks of one number of parameters.
 *
 * @module
 */
import type { VNode } from "preact";
import {
  type Experiment,
  metricUnderNoise,
  modelInterval,
  noiseScore,
  type Result,
  type TrainedModel,
  valuesOf,
} from "../../results/mod.ts";
import { metricName } from "../charts/accuracy.ts";
import {
  gapRows,
  howSparseTitle,
  seriesOf,
  sparsityCurveSpec,
  sparsityGaps,
  sparsityGapSpec,
} from "../charts/how_sparse.ts";
import { type Mark, marksOf } from "../charts/marks.ts";
import { noiseLevels, noiseSpec, thousands, widthSpec, widthTitle } from "../charts/width.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section } from "../elements.tsx";
import { inPoints } from "../seed_interval.ts";
import { count, decimal, list, percent } from "../wording.ts";

/** Marks of a chart of lines. */
const LINES: readonly Mark[] = ["sparse", "dense", "seed", "spread"];

/** The metric over sparsity and what each sparsity costs; `null` on pages of other suites. */
export async function howSparseSection({ suite, experiment }: Result): Promise<Section | null> {
  if (suite !== "how-sparse" || experiment === undefined) return null;
  const title = howSparseTitle(experiment);
  const metric = metricName(experiment.data.metric);
  const curve = await draw(
    (layout) => sparsityCurveSpec(experiment, layout),
    `${title}. ${metric} over sparsity, a line for each method; the table has the figures.`,
  );
  const gaps = await draw(
    (layout) => sparsityGapSpec(experiment, layout),
    "Dot plot of what each sparsity costs, with published figures; the table has the figures.",
  );
  const body = (
    <Figure
      title={title}
      drawings={[
        { drawing: curve },
        { heading: "What each sparsity costs", drawing: gaps },
      ]}
      table={<ModelTable experiment={experiment} />}
    >
      <p>
        {dataInWords(experiment)}{" "}
        The axis is logarithmic in the weights that are left: each halving is as long as the others.
        A point is amber if its interval leaves open whether it costs a percentage point.
      </p>
      {experiment.published.length > 0 && (
        <p>
          The hollow diamonds are figures of other networks and data sets, as printed; only their
          differences to dense can be compared.
        </p>
      )}
      {seriesOf(experiment).length > 1 && (
        <p>Lines: {list(seriesOf(experiment))}. The strong one is best on average.</p>
      )}
      <Key
        marks={[
          ...LINES,
          ...experiment.data.ceiling === null ? [] : ["ceiling"] as const,
          ...marksOf(gapRows(experiment)).filter((mark) =>
            !LINES.includes(mark) && mark !== "whisker"
          ),
        ]}
        words={{ ceiling: "most that any model can reach" }}
      />
    </Figure>
  );
  return { id: "how-sparse", title: "How sparse?", body };
}

/** Where networks come from, in a sentence. */
export function dataInWords({ data, models }: Experiment): string {
  const seeds = Math.max(...models.map(({ runs }) => runs.length));
  return `Trained on ${data.train} examples of ${data.name}, judged on ${data.dev}, ${
    count(seeds, "seed")
  } each.`;
}

function ModelTable({ experiment }: { readonly experiment: Experiment }): VNode {
  const gaps = new Map(sparsityGaps(experiment).map((one) => [one.model, one]));
  const metric = metricName(experiment.data.metric);
  return (
    <FoldedTable
      folded
      caption={`${metric} of ${count(experiment.models.length, "network")}`}
      columns={[
        { title: "network" },
        { title: "pattern" },
        { title: "parameters that are not 0", numeric: true },
        { title: `${metric} (%)`, numeric: true },
        { title: "sparse − dense (points)", numeric: true },
        { title: "each seed (%)", numeric: true },
      ]}
      rows={experiment.models.map((model) => [
        model.id,
        model.pattern,
        model.nonZeros.toLocaleString("en"),
        within(experiment, model),
        gapWords(gaps.get(model)?.gap),
        valuesOf(model).map((value) => decimal(100 * value, 2)).join(", "),
      ])}
    />
  );
}

function gapWords(gap: ReturnType<typeof sparsityGaps>[number]["gap"] | undefined): string {
  if (gap === undefined) return "";
  return inPoints(gap);
}

function within(
  experiment: Experiment,
  model: TrainedModel,
  pick?: Parameters<typeof modelInterval>[2],
): string {
  const interval = modelInterval(model, experiment, pick);
  if (interval === null) return "–";
  const [low, high] = [Math.max(0, interval.low), Math.min(1, interval.high)];
  return `${decimal(100 * interval.estimate, 2)} [${decimal(100 * low, 2)}, ${
    decimal(100 * high, 2)
  }]`;
}

/** The metric over width, without noise and under the strongest; `null` on pages of other suites. */
export async function widthSection({ suite, experiment }: Result): Promise<Section | null> {
  if (suite !== "dimensionality" || experiment === undefined) return null;
  const [title, level] = [widthTitle(experiment), noiseLevels(experiment).at(-1) ?? 0];
  const metric = metricName(experiment.data.metric);
  const drawings = [];
  for (const at of level === 0 ? [0] : [level, 0]) {
    const heading = at === 0 ? "Without noise" : `With ${percent(at, 0)} of the pixels noisy`;
    const label = `${metric} over width, ${heading.toLowerCase()}; the table has the figures.`;
    drawings.push({
      heading,
      drawing: await draw((layout) => widthSpec(experiment, at, layout), label),
    });
  }
  if (level > 0) {
    const label = `${metric} over the share of noisy pixels; the table has the figures.`;
    drawings.push({
      heading: "From no noise to the strongest: the narrowest and the widest networks",
      drawing: await draw((layout) => noiseSpec(experiment, layout), label),
    });
  }
  const body = (
    <Figure title={title} drawings={drawings} table={<WidthTable experiment={experiment} />}>
      <p>
        {dataInWords(experiment)}{" "}
        Sparse networks have as many parameters that are not zero whatever their width; dense ones
        of the same sizes stand beside them, to tell what width does from what zeros do.
      </p>
      <Key marks={LINES} />
    </Figure>
  );
  return { id: "width", title: "Wider, with no more parameters", body };
}

function WidthTable({ experiment }: { readonly experiment: Experiment }): VNode {
  const level = noiseLevels(experiment).at(-1) ?? 0;
  const metric = metricName(experiment.data.metric);
  return (
    <FoldedTable
      folded
      caption={`${metric} of ${count(experiment.models.length, "network")}`}
      columns={[
        { title: "network" },
        { title: "width", numeric: true },
        { title: "parameters", numeric: true },
        { title: "not 0", numeric: true },
        { title: `${metric} (%)`, numeric: true },
        { title: `under ${percent(level, 0)} noise (%)`, numeric: true },
        { title: "mean over noise levels (%)", numeric: true },
      ]}
      rows={experiment.models.map((model) => [
        model.id,
        String(model.width),
        thousands(model.parameters),
        thousands(model.nonZeros),
        within(experiment, model),
        within(experiment, model, metricUnderNoise(level)),
        within(experiment, model, noiseScore),
      ])}
    />
  );
}
