// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * The first page: every claim, and what came of it.
 *
 * @module
 */
import type { VNode } from "preact";
import type { Recipe } from "../recipes/mod.ts";
import type { Comparison, Result } from "../results/mod.ts";
import { metricName } from "./charts/accuracy.ts";
import { historyRows, historySpec } from "./charts/history.ts";
import { marksOf } from "./charts/marks.ts";
import { draw } from "./drawing.ts";
import { Figure, Key, Outcome, type Section } from "./elements.tsx";
import { headlineOf, machineOf } from "./facts.ts";
import { renderPage } from "./page.tsx";
import { gapsOf, seedInterval } from "./seed_interval.ts";
import { count, list, moment, percent, points, times, timesWithin } from "./wording.ts";

/** A recipe or suite with its results. */
export interface Entry {
  /** Its name, which is also that of its page. */
  readonly name: string;
  /** The recipe, unless it is a suite by itself. */
  readonly recipe: Recipe | null;
  /** Its results, the newest first. */
  readonly results: readonly Result[];
}

/** The page as HTML. */
export async function overviewPage(entries: readonly Entry[]): Promise<string> {
  const recipes = entries.filter(({ recipe }) => recipe !== null);
  const suites = entries.filter(({ recipe }) => recipe === null);
  const ran = entries.filter(({ results }) => results.length > 0);
  const sections: (Section | null)[] = [
    ran.length === 0 ? null : await speedOverview(recipes),
    { id: "recipes", title: "Claims", body: <EntryList entries={recipes} /> },
    suites.length === 0
      ? null
      : { id: "suites", title: "Suites", body: <EntryList entries={suites} /> },
  ];
  return renderPage({
    title: "skipzero: what sparse neural networks promise, reproduced",
    description: "Published claims about sparse neural networks and what came of them.",
    head: (
      <>
        <h1>What sparse neural networks promise, and what holds</h1>
        <p class="under">{summaryOf(recipes)}</p>
        {ran.length === 0 && <Welcome recipes={recipes} />}
      </>
    ),
    sections: sections.filter((section) => section !== null),
  });
}

/** E.g. `2 of 4 claims were run: 1 partly reproduced, 1 inconclusive.` */
function summaryOf(recipes: readonly Entry[]): string {
  const outcomes = recipes.flatMap(({ results: [latest] }) => latest?.verdict?.outcome ?? []);
  if (outcomes.length === 0) return `${count(recipes.length, "claim")}, none of them run yet.`;
  const groups = Map.groupBy(outcomes, (outcome) => outcome);
  const words = [...groups].map(([outcome, all]) => `${all.length} ${WORDS[outcome]}`);
  return `${outcomes.length} of ${count(recipes.length, "claim")} judged so far: ${list(words)}.`;
}

const WORDS = {
  reproduced: "reproduced",
  partial: "partly reproduced",
  inconclusive: "inconclusive",
  contradicted: "contradicted",
} as const;

/** The claim to begin with: small, and with a public recipe. */
const FIRST = "bert-mini-4x1-sst2";

function Welcome({ recipes }: { readonly recipes: readonly Entry[] }): VNode {
  const { name } = recipes.find((recipe) => recipe.name === FIRST) ?? recipes[0] ?? { name: "all" };
  return (
    <div class="empty">
      <p>
        Nothing was measured on this machine yet. Start with one claim; it takes some minutes and
        needs no download:
      </p>
      <pre class="command"><code>deno task reproduce {name}</code></pre>
      <p class="note">
        What this machine can do: <code>deno task doctor</code>. Everything at once:{" "}
        <code>deno task reproduce all</code>.
      </p>
    </div>
  );
}

async function speedOverview(recipes: readonly Entry[]): Promise<Section | null> {
  const entries = recipes.flatMap(({ name, recipe, results: [latest] }) => {
    const comparison = latest ? headlineOf(latest, recipe) : null;
    return comparison === null ? [] : [{ label: name, comparison }];
  });
  if (entries.length === 0) return null;
  const title = speedTitle(entries.map(({ comparison }) => comparison));
  const label =
    `${title}. Dot plot of the headline speed-up of each claim; the list below has the figures.`;
  const body = (
    <Figure
      title={title}
      drawings={[{ drawing: await draw((layout) => historySpec(entries, layout), label) }]}
    >
      <p>
        The latest result of each claim: our sparse engine against the fastest dense one, at the
        batch size that the recipe names.
      </p>
      <Key marks={marksOf(historyRows(entries))} />
    </Figure>
  );
  return { id: "speed", title: "Speed at a glance", body };
}

function speedTitle(comparisons: readonly Comparison[]): string {
  const faster = comparisons.filter(({ verdict }) => verdict === "faster");
  if (faster.length === 0) return "No claim runs faster than the fastest dense engine";
  const ratios = faster.map(({ ratio }) => ratio.estimate);
  const [least, most] = [times(Math.min(...ratios)), times(Math.max(...ratios))];
  const range = least === most ? most : `${least} to ${most}`;
  return `${faster.length} of ${count(comparisons.length, "network")} ${
    faster.length === 1 ? "runs" : "run"
  } ${range} as fast as the fastest dense engine`;
}

function EntryList({ entries }: { readonly entries: readonly Entry[] }): VNode {
  return <ul class="recipes">{entries.map((entry) => <EntryItem entry={entry} />)}</ul>;
}

function EntryItem({ entry }: { readonly entry: Entry }): VNode {
  const { name, recipe, results } = entry;
  const [latest] = results;
  return (
    <li>
      <div>
        <h3>
          <a href={`${name}.html`}>{recipe?.title ?? name}</a>
        </h3>
        {recipe && <ClaimLine recipe={recipe} />}
      </div>
      <div>
        {(latest === undefined || latest.verdict) && (
          <p>
            <Outcome outcome={latest?.verdict?.outcome ?? "none"} />
          </p>
        )}
        {latest === undefined
          ? (
            <p class="note">
              <code>deno task reproduce {name}</code>
            </p>
          )
          : <RunLines latest={latest} runs={results.length} />}
      </div>
      <div>{latest && <Figures latest={latest} recipe={recipe} />}</div>
    </li>
  );
}

function ClaimLine({ recipe: { claim, sparsity } }: { readonly recipe: Recipe }): VNode {
  const kind = {
    max: "best of several runs",
    mean: "mean of runs",
    single: "one run",
    unstated: "runs not stated",
  }[claim.kind];
  return (
    <p class="note">
      Claimed: {percent(claim.sparse, 2)} sparse, {percent(claim.dense, 2)} dense{" "}
      {metricName(claim.metric)} ({kind}); {sparsity.pattern} at {percent(sparsity.target, 0)}{" "}
      zeros; recipe {claim.fidelity}
    </p>
  );
}

function RunLines({ latest, runs }: { readonly latest: Result; readonly runs: number }): VNode {
  return (
    <p class="note">
      {latest.profile !== null && `${latest.profile} profile, `}
      {moment(latest.startedAt)}
      {machineOf(latest) !== null && `, ${machineOf(latest)}`}
      {runs > 1 && `; ${count(runs, "result")}`}
    </p>
  );
}

function Figures(
  { latest, recipe }: { readonly latest: Result; readonly recipe: Recipe | null },
): VNode {
  const headline = headlineOf(latest, recipe);
  const { accuracy } = latest;
  const gap = accuracy && seedInterval(gapsOf(accuracy));
  return (
    <>
      {headline && (
        <p>
          <strong>{times(headline.ratio.estimate)}</strong>{" "}
          <span class="note">
            {timesWithin(headline.ratio).replace(/^\S+ /, "")} over {headline.baseline}
          </span>
        </p>
      )}
      {accuracy && gap && (
        <p>
          <strong>{points(gap.estimate)}</strong>{" "}
          <span class="note">
            points sparse − dense, claimed{" "}
            {points(accuracy.published.sparse - accuracy.published.dense)}
          </span>
        </p>
      )}
      {headline === null && accuracy === null && (
        <p class="note">{count(latest.comparisons.length, "comparison")}</p>
      )}
    </>
  );
}
