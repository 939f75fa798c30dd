/**
 * Section: the talk's slides about CPUs, measured: engines on the sparse speech network, one network at several sparsities, and
 * accuracy against speed.
 *
 * @module
 */
import type { VNode } from "preact";
import {
  frontiers,
  type NetworkGroup,
  type NetworkSweep,
  readNetworkCell,
  type Result,
} from "../../results/mod.ts";
import { metricName } from "../charts/accuracy.ts";
import { engineRates, engineRows, engineSpec, engineTitle } from "../charts/engine_rates.ts";
import { claimName, frontierSpec, frontierTitle } from "../charts/frontier.ts";
import { marksOf } from "../charts/marks.ts";
import { networkTitle } from "../charts/networks.ts";
import {
  familyRateSpec,
  familySpeedupSpec,
  familyTitle,
  sparsityFamilies,
  type SparsityFamily,
} from "../charts/sparsity_family.ts";
import { SMALL } from "../charts/theme.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section } from "../elements.tsx";
import { count, percent, points, significant, times } from "../wording.ts";

/** The network of the talk's slides about CPUs: 2.1 million parameters, 95 % zeros. */
const SPEECH = { network: "gsc-cnn-2.1m", sparsity: 0.95 };

/** What the result has for the slides; `null` if nothing. */
export async function slidesSection(
  result: Result,
  groups: readonly NetworkGroup[],
  sweeps: readonly NetworkSweep[],
): Promise<Section | null> {
  const figures: VNode[] = [];
  const speech = groups.find(({ network }) =>
    network.network === SPEECH.network && network.sparsity === SPEECH.sparsity
  );
  if (speech !== undefined) figures.push(await enginesFigure(speech));
  for (const family of sparsityFamilies(sweeps)) figures.push(await familyFigure(family));
  for (const frontier of frontiers(result)) figures.push(await frontierFigure(frontier));
  return figures.length === 0
    ? null
    : { id: "slides", title: "The talk's slides, measured", body: <>{figures}</> };
}

async function enginesFigure(group: NetworkGroup): Promise<VNode> {
  const rates = engineRates(group.measurements);
  const title = engineTitle(rates);
  const drawing = await draw(
    (layout) => engineSpec(rates, layout),
    `${title}. Dot plot of ${count(rates.length, "engine")}; the table has the figures.`,
  );
  const table = (
    <FoldedTable
      folded
      caption={`Items per second of ${count(rates.length, "engine")}`}
      columns={[
        { title: "engine" },
        { title: "threads", numeric: true },
        { title: "batch", numeric: true },
        { title: "items per second", numeric: true },
        { title: "interval", numeric: true },
      ]}
      rows={rates.map(({ measurement: { engine, threads }, batch, rate }) => [
        engine,
        threads,
        batch,
        significant(rate.estimate),
        `${significant(rate.low)} – ${significant(rate.high)}`,
      ])}
    />
  );
  return (
    <Figure title={title} drawings={[{ drawing }]} table={table}>
      <p>
        {networkTitle(group)}{" "}
        in every engine, each at the batch at which it does most. The talk shows this network on a
        processor of 24 cores, one thread and the full chip, without printing its figures; it says
        that others gain at most 3x from the zeros.
      </p>
      <Key marks={marksOf(engineRows(rates))} />
    </Figure>
  );
}

async function familyFigure(family: SparsityFamily): Promise<VNode> {
  const { network, threads } = family.at(-1)!;
  const place = `${network.network}, ${network.pattern}, ${count(threads, "thread")}`;
  const title = `${network.network}: ${familyTitle(family)}, ${count(threads, "thread")}`;
  const pictures = [
    await draw(
      (layout) => familyRateSpec(family, layout),
      `Items per second of ${place}, a line for each sparsity; the tables below have the figures.`,
      [SMALL],
    ),
    await draw(
      (layout) => familySpeedupSpec(family, layout),
      `Speed-up over dense of ${place}, a line for each sparsity; the tables below have the figures.`,
      [SMALL],
    ),
  ];
  return (
    <figure>
      <h3>{title}</h3>
      <div class="multiples">
        {pictures.map(({ svg }) => (
          <div class="picture" key={svg} dangerouslySetInnerHTML={{ __html: svg }} />
        ))}
        <figcaption>
          <p>
            skipzero-native at each sparsity beside dense engines, and against its own dense
            kernels. The talk shows lines of this kind for another engine, which end at about 4x
            with 98 % zeros, without printing their figures.
          </p>
          <Key marks={["sparse", "dense", "spread", "ceiling"]} />
        </figcaption>
      </div>
    </figure>
  );
}

async function frontierFigure(
  { dataset, metric, claims }: ReturnType<typeof frontiers>[number],
): Promise<VNode> {
  const name = metricName(metric);
  const title = frontierTitle(claims, name);
  const drawing = await draw(
    (layout) => frontierSpec(claims, name, layout),
    `${title}. Published ${name} over measured items per second of ${
      count(claims.length, "claim")
    }; the table has the figures.`,
  );
  const table = (
    <FoldedTable
      caption={`Published ${name} (${dataset}) and measured speed`}
      columns={[
        { title: "claim" },
        { title: "batch", numeric: true },
        { title: "dense, published (%)", numeric: true },
        { title: "sparse, published (%)", numeric: true },
        { title: "difference (points)", numeric: true },
        { title: "dense, items per second", numeric: true },
        { title: "sparse, items per second", numeric: true },
        { title: "gain", numeric: true },
      ]}
      rows={claims.map((claim) => [
        claimName(claim),
        readNetworkCell(claim.published.cell)?.batch ?? "–",
        percent(claim.dense.accuracy, 2),
        percent(claim.sparse.accuracy, 2),
        points(claim.sparse.accuracy - claim.dense.accuracy),
        significant(claim.dense.rate.estimate),
        significant(claim.sparse.rate.estimate),
        times(claim.sparse.rate.estimate / claim.dense.rate.estimate),
      ])}
    />
  );
  return (
    <Figure title={title} drawings={[{ drawing }]} table={table}>
      <p>
        Accuracies are the published ones ({dataset}); nothing was trained here. Speeds are measured
        on{" "}
        {count(claims[0]!.threads, "thread")}: the dense model on the fastest dense engine, the
        sparse one on ours, each at the batch at which it does most. A line joins the two models of
        a claim.
      </p>
      <Key
        marks={["published", "whisker"]}
        words={{ published: "published accuracy", whisker: "95 % interval of the measured speed" }}
      />
    </Figure>
  );
}
