/**
 * Suite `overhead`: measures the measuring. The work is a loop of known length, so the right answers are known: equal loops
 * are equal, 5 % longer is 5 % slower, and an empty loop shows what a call and a clock reading cost.
 *
 * @module
 */
import { type Cell, FULL_EFFORT, QUICK_EFFORT, type Suite } from "./suite.ts";

/** Iterations: some microseconds, as a kernel takes, and some milliseconds, as a network takes. */
const LENGTHS = [10_000, 2_000_000];

/** Loops of known length. */
export const overhead: Suite = {
  id: "overhead",
  summary: "loops of known length: what measuring costs here, and whether it finds 5 %",
  cells: () => LENGTHS.map(cellOf),
  effort: ({ quick }) => {
    const effort = quick ? QUICK_EFFORT : FULL_EFFORT;
    return { ...effort, plan: { ...effort.plan, minRounds: 4, turnNs: 10e6 } };
  },
};

function cellOf(iterations: number): Cell {
  const base = `loop ${iterations}`;
  const longer = `loop ${Math.round(1.05 * iterations)}`;
  return {
    name: `null loop ${iterations}`,
    threads: 1,
    work: { kind: "loop" },
    groups: [{
      name: "loop",
      contestants: [base, longer, "loop 0"],
      pairs: [{ subject: base, baseline: longer }],
    }],
  };
}
