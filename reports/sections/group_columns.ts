/**
 * Columns that tables of sub-populations begin with.
 *
 * @module
 */
import type { GroupGap } from "../charts/groups.ts";
import { inPoints } from "../seed_interval.ts";
import { percent } from "../wording.ts";

/** Their titles. */
export const GROUP_COLUMNS = [
  { title: "part of the examples" },
  { title: "examples", numeric: true },
  { title: "dense (%)", numeric: true },
  { title: "sparse (%)", numeric: true },
  { title: "sparse − dense (points)", numeric: true },
] as const;

/** Their cells. */
export function groupCells({ group, gap }: GroupGap): (string | number)[] {
  return [
    `${group.by}: ${group.bucket}`,
    group.count,
    percent(group.dense.mean),
    percent(group.sparse.mean),
    inPoints(gap),
  ];
}
