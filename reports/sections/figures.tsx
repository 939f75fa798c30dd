// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Section: ratios that are aimed at, and whether they are reached.
 *
 * @module
 */
import type { VNode } from "preact";
import type { Result } from "../../results/mod.ts";
import {
  type Aimed,
  aimedAt,
  goalRows,
  goalSpec,
  goalStatus,
  goalTitle,
  roofOf,
} from "../charts/goals.ts";
import { marksOf } from "../charts/marks.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section, Status } from "../elements.tsx";
import { count, percent, times, timesWithin } from "../wording.ts";

/** Rows that the chart shows at most; the table has more, the files have all. */
const MOST_ROWS = 60;

/** Ratios aimed at and what was measured; `null` if none is aimed at. */
export async function figuresSection({ comparisons }: Result): Promise<Section | null> {
  const aimed = aimedAt(comparisons);
  if (aimed.length === 0) return null;
  const threads = Map.groupBy(aimed, (one) => one.threads);
  const figures: VNode[] = [];
  for (const all of threads.values()) figures.push(await goalFigure(all));
  const body = (
    <>
      {figures}
      {goalTable(aimed)}
    </>
  );
  return { id: "figures", title: "Figures aimed at", body };
}

async function goalFigure(aimed: readonly Aimed[]): Promise<VNode> {
  const title = `${goalTitle(aimed)}, ${count(aimed[0]!.threads, "thread")}`;
  const shown = aimed.slice(0, MOST_ROWS);
  const drawing = await draw(
    (layout) => goalSpec(shown, layout),
    `${title}. Dot plot of ${
      count(shown.length, "speed-up")
    } and what is aimed at; the table has the figures.`,
  );
  return (
    <Figure title={title} drawings={[{ drawing }]}>
      <p>
        Each row is one engine against another; it is to reach the thick stroke. ✓ its whole
        interval does, ✕ none of it, ? the interval spans the stroke.
      </p>
      {shown.length < aimed.length && <p>The first {shown.length} of {aimed.length} are drawn.</p>}
      <Key
        marks={marksOf(goalRows(shown))}
        words={{
          doubt: "undecided: the interval spans it",
          ceiling: "most that skipped work gives",
        }}
      />
    </Figure>
  );
}

function goalTable(aimed: readonly Aimed[]): VNode {
  return (
    <FoldedTable
      caption="Figures aimed at: time of the baseline / own time, with 95 % intervals"
      columns={[
        { title: "cell" },
        { title: "threads", numeric: true },
        { title: "engine" },
        { title: "baseline" },
        { title: "measured", numeric: true },
        { title: "at least", numeric: true },
        { title: "ceiling by work", numeric: true },
        { title: "roof", numeric: true },
        { title: "noise floor", numeric: true },
        { title: "status" },
      ]}
      rows={aimed.map((one) => [
        one.cell,
        one.threads,
        one.subject,
        one.baseline,
        timesWithin(one.ratio),
        times(one.goal),
        one.ceiling === null ? "–" : times(one.ceiling),
        roofOf(one) === null ? "–" : times(roofOf(one)!),
        one.noiseFloor === undefined ? "–" : `±${percent(one.noiseFloor)}`,
        <Status status={goalStatus(one)} />,
      ])}
    />
  );
}
