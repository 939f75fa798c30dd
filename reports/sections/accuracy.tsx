/**
 * Sections: accuracy beside the claim, and what sparsity costs each part of the examples.
 *
 * @module
 */
import type { VNode } from "preact";
import type { Accuracy, Figures, Result } from "../../results/mod.ts";
import {
  accuracyRows,
  accuracySpec,
  accuracyTitle,
  gapSpec,
  metricName,
} from "../charts/accuracy.ts";
import { type GroupGap, groupGaps, groupRows, groupSpec, groupTitle } from "../charts/groups.ts";
import { marksOf } from "../charts/marks.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section, Table } from "../elements.tsx";
import { gapsOf, inPoints, seedInterval } from "../seed_interval.ts";
import { count, list, percent, points } from "../wording.ts";
import { GROUP_COLUMNS, groupCells } from "./group_columns.ts";

const KINDS: Readonly<Record<string, string>> = {
  max: "the best of several runs",
  mean: "the mean of several runs",
  single: "a single run",
  unstated: "of how many runs is not stated",
};

/** How a published figure came about, in words. */
export function kindInWords(kind: string): string {
  return KINDS[kind] ?? kind;
}

/** Claimed and measured accuracy; `null` if nothing was trained. */
export async function accuracySection({ accuracy, profile }: Result): Promise<Section | null> {
  if (accuracy === null) return null;
  const { published } = accuracy;
  const title = accuracyTitle(accuracy);
  const models = await draw(
    (layout) => accuracySpec(accuracy, layout),
    `${title}. Dot plot of both models with published figures; the table has the figures.`,
  );
  const gap = await draw(
    (layout) => gapSpec(accuracy, layout),
    "Dot plot of the difference between sparse and dense; the table has the figures.",
  );
  const body = (
    <Figure
      title={title}
      drawings={[{ drawing: models }, {
        heading: "The difference is what the claim is judged by",
        drawing: gap,
      }]}
      table={accuracyTable(accuracy)}
    >
      {profile === "quick" && (
        <p class="doubt">
          Measured on generated examples with a scaled model, published on the official data:
          compare the differences, not the levels.
        </p>
      )}
      {typeof published.metric === "string" && (
        <p class="doubt">
          Published is {metricName(published.metric)}, measured {metricName(accuracy.metric)}.
        </p>
      )}
      <p>
        The published figures are{" "}
        {kindInWords(published.kind)}; the measured ones are means of the last epoch over{" "}
        {count(accuracy.sparse.values.length, "seed")}.
      </p>
      <Key
        marks={marksOf(accuracyRows(accuracy))}
        words={{ ceiling: "most that any model can reach" }}
      />
    </Figure>
  );
  return { id: "accuracy", title: "Accuracy", body };
}

function accuracyTable(accuracy: Accuracy): VNode {
  const { dense, sparse, published, ceiling, majority } = accuracy;
  const gaps = gapsOf(accuracy);
  const gap = seedInterval(gaps);
  return (
    <>
      <Table
        caption={`Both models: ${metricName(accuracy.metric)}`}
        columns={[
          { title: "model" },
          { title: "published (%)", numeric: true },
          { title: "measured mean (%)", numeric: true },
          { title: "standard deviation", numeric: true },
          { title: "best", numeric: true },
          { title: "each seed (%)", numeric: true },
        ]}
        rows={[
          modelRow("sparse", sparse, published.sparse),
          modelRow("dense", dense, published.dense),
          [
            "sparse − dense (points)",
            points(published.sparse - published.dense),
            gap === null ? "–" : inPoints(gap),
            "",
            "",
            gaps.map((one) => points(one)).join(", "),
          ],
        ]}
      />
      <p class="note">
        {ceiling === null
          ? ""
          : `No model can reach more than ${percent(ceiling)} on these examples. `}
        Guessing the commonest class reaches {percent(majority)}.
      </p>
    </>
  );
}

function modelRow(name: string, figures: Figures, published: number): string[] {
  const { mean, sd, values } = figures;
  if (values.length === 0) return [name, percent(published, 2), "–", "–", "–", "–"];
  return [
    name,
    percent(published, 2),
    percent(mean, 2),
    values.length > 1 ? percent(sd, 2) : "–",
    percent(Math.max(...values), 2),
    values.map((value) => percent(value, 2)).join(", "),
  ];
}

/** The gap of each sub-population; `null` if none was measured. */
export async function groupsSection({ training }: Result): Promise<Section | null> {
  const gaps = groupGaps(training?.groups ?? []);
  if (gaps.length === 0) return null;
  const title = groupTitle(gaps);
  const drawing = await draw(
    (layout) => groupSpec(gaps, layout),
    `${title}. Dot plot of ${count(gaps.length, "sub-population")}; the table has the figures.`,
  );
  const kinds = [...new Set(gaps.map(({ group }) => group.by))];
  const body = (
    <Figure title={title} drawings={[{ drawing }]} table={groupTable(gaps)}>
      <p>
        An unchanged average can hide examples that a sparse model gives up. The difference is shown
        by {list(kinds)}; left of 0 the sparse model is worse.
      </p>
      <Key marks={marksOf(groupRows(gaps))} words={{ sparse: "mean over seeds" }} />
    </Figure>
  );
  return { id: "groups", title: "Who pays for sparsity", body };
}

function groupTable(gaps: readonly GroupGap[]): VNode {
  return (
    <FoldedTable
      caption={`Dense and sparse in ${count(gaps.length, "sub-population")}`}
      columns={GROUP_COLUMNS}
      rows={gaps.map(groupCells)}
    />
  );
}
