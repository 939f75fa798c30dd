/**
 * The page of one recipe or suite: its latest result, and how it changed.
 *
 * @module
 */
import { profileNames, type Recipe } from "../recipes/mod.ts";
import { type NetworkGroup, networkGroups, networkSweeps, type Result } from "../results/mod.ts";
import { historyRows, historySpec, historyTitle } from "./charts/history.ts";
import { marksOf } from "./charts/marks.ts";
import { draw } from "./drawing.ts";
import { Figure, Key, Outcome, type Section } from "./elements.tsx";
import { headlineOf, machineOf } from "./facts.ts";
import { renderPage } from "./page.tsx";
import { accuracySection, groupsSection } from "./sections/accuracy.tsx";
import { claimSection, untrainedSection } from "./sections/claim.tsx";
import { dispatchSection } from "./sections/dispatch.tsx";
import { gmpTraceSection } from "./sections/gmp_trace.tsx";
import { gridSection } from "./sections/grid.tsx";
import { falseMatchSection } from "./sections/false_match.tsx";
import { figuresSection } from "./sections/figures.tsx";
import { howSparseSection, widthSection } from "./sections/how_sparse.tsx";
import { breakEvenSection, rooflineSection } from "./sections/kernels.tsx";
import { earlierTable, originSection } from "./sections/origin.tsx";
import { otherMetricsSection } from "./sections/other_metrics.tsx";
import { sparsitySection, trainingSection } from "./sections/pruning.tsx";
import { layersSection } from "./sections/layers.tsx";
import { networksSection } from "./sections/networks.tsx";
import { slidesSection } from "./sections/slides.tsx";
import { latencySection, speedSection, untimedSection } from "./sections/speed.tsx";
import { storageSection } from "./sections/storage.tsx";
import { subpopulationsSection } from "./sections/subpopulations.tsx";
import { LEAST_PLACES, LEAST_PLACES_ALONE, sweepsSection } from "./sections/sweeps.tsx";
import { doubtsSection, VerdictHead } from "./sections/verdict.tsx";
import { moment, timesWithin } from "./wording.ts";

/** What a page is made from. */
export interface ResultPageInput {
  /** Recipe or suite, as results are filed. */
  readonly name: string;
  /** The recipe, unless it is a suite by itself or its recipe is no longer there. */
  readonly recipe: Recipe | null;
  /** All results of that name, in any order; may be empty for a recipe. */
  readonly results: readonly Result[];
}

/** The page as HTML. */
export async function resultPage({ name, recipe, results }: ResultPageInput): Promise<string> {
  const newestFirst = results.toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
  const [result] = newestFirst;
  if (result === undefined) return emptyPage(name, recipe);
  const headline = headlineOf(result, recipe);
  const networks = networkGroups(result);
  const several = networks.length > 1;
  const sweeps = (["batch", "sequence"] as const)
    .flatMap((axis) => networkSweeps(result, axis, several ? LEAST_PLACES : LEAST_PLACES_ALONE));
  const swept = new Set(sweeps.flatMap(({ cells }) => cells));
  const title = recipe?.title ?? `Suite ${name}`;
  const parts = [
    doubtsSection(result),
    recipe && untrainedSection(recipe, result),
    recipe && claimSection(recipe),
    await howSparseSection(result),
    await gmpTraceSection(result),
    await widthSection(result),
    await subpopulationsSection(result),
    await falseMatchSection(result),
    await figuresSection(result),
    gridSection(result),
    await breakEvenSection(result),
    await rooflineSection(result),
    several
      ? await networksSection(result, networks, networks.filter((group) => !isSwept(group, swept)))
      : await speedSection(result, headline),
    several ? await slidesSection(result, networks, sweeps) : null,
    await sweepsSection(sweeps),
    await accuracySection(result),
    await otherMetricsSection(result),
    await groupsSection(result),
    sparsitySection(result),
    await trainingSection(result),
    several ? untimedSection(result) : await latencySection(result),
    await layersSection(result),
    dispatchSection(result),
    await storageSection(result),
    await historySection(newestFirst, recipe),
    await originSection(result),
  ];
  return renderPage({
    title: `${title} – skipzero`,
    description: result.verdict?.reasons[0] ?? `Results of ${name}`,
    head: (
      <>
        <h1>{title}</h1>
        <p class="under">
          <code>{name}</code>
          {result.profile !== null && `, ${result.profile} profile`}, {moment(result.startedAt)}
          {machineOf(result) !== null && `, ${machineOf(result)}`}
        </p>
        <VerdictHead result={result} recipe={recipe} headline={headline} />
      </>
    ),
    sections: parts.filter((part) => part !== null),
  });
}

/** Whether all that was measured of a network stands among the sweeps. */
function isSwept({ measurements }: NetworkGroup, swept: ReadonlySet<string>): boolean {
  return measurements.every(({ cell, samplesNs }) => swept.has(cell) || samplesNs.length === 0);
}

function emptyPage(name: string, recipe: Recipe | null): string {
  const title = recipe?.title ?? name;
  return renderPage({
    title: `${title} – skipzero`,
    description: `${title}: not run yet`,
    head: (
      <>
        <h1>{title}</h1>
        <p class="under">
          <code>{name}</code>, <Outcome outcome="none" />
        </p>
        <div class="empty">
          <p>
            {recipe === null || profileNames(recipe).length > 0
              ? "Nothing was measured yet. This trains, races and judges it:"
              : "Nothing was measured yet. This races its full-size network and judges the speed; nothing is trained:"}
          </p>
          <pre class="command"><code>deno task reproduce {name}</code></pre>
        </div>
      </>
    ),
    sections: recipe === null ? [] : [claimSection(recipe)],
  });
}

/** The headline of every result; `null` if there is only one. */
async function historySection(
  newestFirst: readonly Result[],
  recipe: Recipe | null,
): Promise<Section | null> {
  if (newestFirst.length < 2) return null;
  const headlines = newestFirst.map((result) => headlineOf(result, recipe));
  const entries = newestFirst.flatMap(({ startedAt }, index) => {
    const comparison = headlines[index];
    return comparison ? [{ label: startedAt, comparison }] : [];
  });
  const speeds = headlines.map((headline) => headline === null ? "–" : timesWithin(headline.ratio));
  const table = earlierTable(newestFirst, speeds);
  const title = historyTitle(entries);
  const body = entries.length === 0 ? table : (
    <Figure
      title={title}
      drawings={[{
        drawing: await draw(
          (layout) => historySpec(entries, layout),
          `${title}; the table has them.`,
        ),
      }]}
      table={table}
    >
      <p>
        The headline speed-up of each result, the newest on top. Compare results of one machine
        only.
      </p>
      <Key marks={marksOf(historyRows(entries))} />
    </Figure>
  );
  return { id: "history", title: "History", body };
}
