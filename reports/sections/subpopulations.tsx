// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Section: which classes and which examples pay for sparsity, network by network.
 *
 * @module
 */
import type { VNode } from "preact";
import {
  accuracyByDifficulty,
  type ChangedExamples,
  changedExamples,
  denseTwin,
  type Experiment,
  type GroupExcess,
  groupExcesses,
  type Result,
  type TrainedModel,
} from "../../results/mod.ts";
import {
  changedWords,
  type DifficultyGap,
  difficultyGaps,
  difficultyRows,
  difficultySpec,
  difficultyTitle,
} from "../charts/difficulty.ts";
import { type GroupGap, groupGaps, groupRows, groupSpec } from "../charts/groups.ts";
import { sparseModels } from "../charts/how_sparse.ts";
import { marksOf } from "../charts/marks.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section } from "../elements.tsx";
import { inPoints } from "../seed_interval.ts";
import { count, list, percent, points, sentence } from "../wording.ts";
import { GROUP_COLUMNS, groupCells } from "./group_columns.ts";
import { dataInWords } from "./how_sparse.tsx";

/** Gaps of classes and of hard examples for each sparse network; `null` if none was compared with a dense one. */
export async function subpopulationsSection(
  { suite, experiment }: Result,
): Promise<Section | null> {
  if (suite !== "subpopulations" || experiment === undefined) return null;
  const figures: VNode[] = [];
  for (const model of sparseModels(experiment)) {
    const dense = denseTwin(experiment, model);
    if (dense === null) continue;
    figures.push(await classFigure(experiment, model, dense));
    figures.push(...await difficultyFigure(experiment, model, dense));
  }
  if (figures.length === 0) return null;
  return { id: "subpopulations", title: "Who pays for sparsity", body: <>{figures}</> };
}

/** With a capital, as a title has it. */
function titled(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

async function classFigure(
  experiment: Experiment,
  model: TrainedModel,
  dense: TrainedModel,
): Promise<VNode> {
  const excesses = groupExcesses(model, dense);
  const gaps = groupGaps(excesses.map(({ group }) => group));
  const title = titled(`${model.id}: ${classTitle(excesses)}`);
  const drawing = await draw(
    (layout) => groupSpec(gaps, layout),
    `${title}. Dot plot of ${count(gaps.length, "sub-population")}; the table has the figures.`,
  );
  return (
    <Figure
      title={title}
      drawings={[{ drawing }]}
      table={<ClassTable of={model.id} gaps={gaps} excesses={excesses} />}
    >
      <p>
        {dataInWords(experiment)}{" "}
        Left of 0 the sparse networks are worse than dense ones of the same seeds.
      </p>
      <p>
        With {count(gaps.length, "part")}{" "}
        some stand out by luck. One is said to pay more only if it does by an interval that holds
        for all of them at once.
      </p>
      <Key marks={marksOf(groupRows(gaps))} words={{ sparse: "mean over seeds" }} />
    </Figure>
  );
}

/** Which parts clearly lose more than the average. */
export function classTitle(excesses: readonly GroupExcess[]): string {
  const paying = excesses.filter(({ verdict }) => verdict === "pays more")
    .toSorted((a, b) => a.excess.estimate - b.excess.estimate);
  if (paying.length === 0) return "no class clearly pays more than the others";
  const names = paying.slice(0, 3).map(({ group }) => `“${group.bucket}”`);
  const more = paying.length > 3 ? ` and ${paying.length - 3} more` : "";
  const most = paying[0]!.excess.estimate;
  return `${list(names)}${more} ${
    paying.length === 1 ? "pays" : "pay"
  } more than the average, by up to ${points(-most, 1).replace("+", "")} points`;
}

function ClassTable(
  { of, gaps, excesses }: {
    readonly of: string;
    readonly gaps: readonly GroupGap[];
    readonly excesses: readonly GroupExcess[];
  },
): VNode {
  return (
    <FoldedTable
      folded
      caption={`${of}: accuracy of ${count(gaps.length, "sub-population")}`}
      columns={[
        ...GROUP_COLUMNS,
        { title: "beyond the average (points)", numeric: true },
        { title: "verdict" },
      ]}
      rows={gaps.map((row) => {
        const own = excesses.find(({ group }) => group === row.group);
        return [...groupCells(row), own ? inPoints(own.excess) : "–", own?.verdict ?? "–"];
      })}
    />
  );
}

/** Nothing if answers to examples were not recorded. */
async function difficultyFigure(
  experiment: Experiment,
  model: TrainedModel,
  dense: TrainedModel,
): Promise<VNode[]> {
  const examples = experiment.data.dev;
  const gaps = difficultyGaps(accuracyByDifficulty(model, dense, examples));
  if (gaps.length === 0) return [];
  const changed = changedExamples(model, dense, examples);
  const title = titled(`${model.id}: ${difficultyTitle(gaps)}`);
  const drawing = await draw(
    (layout) => difficultySpec(gaps, layout),
    `${title}. Dot plot of the gap by difficulty; the table has the figures.`,
  );
  return [
    <Figure
      title={title}
      drawings={[{ drawing }]}
      table={
        <>
          <DifficultyTable of={model.id} gaps={gaps} />
          {changed && <ForgottenTable of={model.id} experiment={experiment} changed={changed} />}
        </>
      }
    >
      <p>
        How hard an example is, is judged by the dense networks of the other seeds, so that no
        network judges itself.
      </p>
      {changed && <p>{sentence(changedWords(changed))}</p>}
      <Key marks={marksOf(difficultyRows(gaps))} words={{ sparse: "mean over seeds" }} />
    </Figure>,
  ];
}

function DifficultyTable(
  { of, gaps }: { readonly of: string; readonly gaps: readonly DifficultyGap[] },
): VNode {
  return (
    <FoldedTable
      folded
      caption={`${of}: accuracy by difficulty`}
      columns={[
        { title: "dense networks of other seeds" },
        { title: "examples", numeric: true },
        { title: "dense (%)", numeric: true },
        { title: "sparse (%)", numeric: true },
        { title: "sparse − dense (points)", numeric: true },
      ]}
      rows={gaps.map(({ label, count, dense, sparse, gap }) => [
        label,
        count,
        percent(dense),
        percent(sparse),
        inPoints(gap),
      ])}
    />
  );
}

/** The examples that sparsity gave up, the clearest first. */
function ForgottenTable(
  { of, experiment: { data }, changed }: {
    readonly of: string;
    readonly experiment: Experiment;
    readonly changed: ChangedExamples;
  },
): VNode | null {
  const { forgotten } = changed;
  if (forgotten.length === 0) return null;
  const labels = data.labels === null ? null : Uint8Array.fromBase64(data.labels);
  return (
    <FoldedTable
      folded
      caption={`${of}: ${count(forgotten.length, "example")} that sparse networks lost`}
      columns={[
        { title: "number of the example" },
        { title: "class" },
        { title: "dense networks right", numeric: true },
        { title: "sparse networks right", numeric: true },
      ]}
      rows={forgotten.map(({ example, dense, sparse }) => [
        example,
        labels === null ? "–" : data.classes[labels[example]!] ?? String(labels[example]),
        percent(dense, 0),
        percent(sparse, 0),
      ])}
    />
  );
}
