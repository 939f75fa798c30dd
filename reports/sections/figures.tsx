// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Section: ratios that are aimed at, and whether they are reached.
 *
 * @module
 */
import type { Result } from "../../results/mod.ts";
import { aimedAt, goalRows, goalSpec, goalStatus, goalTitle, roofOf } from "../charts/goals.ts";
import { marksOf } from "../charts/marks.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section, Status } from "../elements.tsx";
import { count, percent, times, timesWithin } from "../wording.ts";

/** Rows that the chart shows at most; the table has more, the files have all. */
const MOST_ROWS = 80;

/** Ratios aimed at and what was measured; `null` if none is aimed at. */
export async function figuresSection({ comparisons }: Result): Promise<Section | null> {
  const aimed = aimedAt(comparisons);
  if (aimed.length === 0) return null;
  const title = goalTitle(aimed);
  const shown = aimed.slice(0, MOST_ROWS);
  const drawing = await draw(
    (layout) => goalSpec(shown, layout),
    `${title}. Dot plot of ${
      count(shown.length, "speed-up")
    } and what is aimed at; the table has the figures.`,
  );
  const table = (
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
  const body = (
    <Figure title={title} drawings={[{ drawing }]} table={table}>
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
  return { id: "figures", title: "Figures aimed at", body };
}
