/**
 * Which lanes the tokens of a batch lie in.
 *
 * Panels are wide, sequences may be short: a panel of 64 lanes with one sequence of 16 tokens would multiply three quarters
 * for nothing. So short sequences share panels, and panels are narrower where that leaves fewer lanes empty, or gives a
 * thread work that would have none. Narrow panels read weights more often for each multiply-add, which counts against them.
 *
 * @module
 */

/** How sequences are put into panels. A group is what goes through all layers together. */
export interface TokenLanes {
  /** Width of the panels. */
  readonly panelLanes: number;
  /** Panels of a group; 1 if it has several sequences. */
  readonly panels: number;
  /** Sequences of a group; the last group may have fewer. */
  readonly perGroup: number;
  /** Groups. */
  readonly groups: number;
  /** Lanes from one sequence of a group to the next, a multiple of 16. */
  readonly slotLanes: number;
}

/** Sequences begin at multiples of this: the lanes of the widest vector. */
const STEP = 16;

/** Time of a lane by the width of its panel, 1 = in the widest: between what dense and what unstructured layers showed. */
const LANE_COSTS: readonly (readonly [panelLanes: number, cost: number])[] = [
  [64, 1],
  [48, 1.06],
  [32, 1.25],
  [16, 1.8],
];

/**
 * The lanes that are predicted to take the least time.
 *
 * @param panelLanes Width of the panels, if it is not free.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { panelLanes, perGroup, groups } = planTokenLanes({ batch: 8, sequence: 30 }, 1);
 * assertEquals([panelLanes, perGroup, groups], [64, 2, 4]);
 * ```
 */
export function planTokenLanes(
  { batch, sequence }: { readonly batch: number; readonly sequence: number },
  threads: number,
  panelLanes?: number,
): TokenLanes {
  const slotLanes = STEP * Math.max(1, Math.ceil(sequence / STEP));
  const widths = panelLanes === undefined ? LANE_COSTS : [[panelLanes, 1] as const];
  let best: { readonly lanes: TokenLanes; readonly cost: number } | null = null;
  for (const [width, laneCost] of widths) {
    const most = Math.max(1, Math.min(batch, Math.floor(width / slotLanes)));
    for (let perGroup = most; perGroup >= 1; perGroup--) {
      const panels = Math.max(1, Math.ceil(perGroup * slotLanes / width));
      const groups = Math.ceil(batch / perGroup);
      const cost = laneCost * width * panelsInTurn(groups, panels, threads);
      const lanes = { panelLanes: width, panels, perGroup, groups, slotLanes };
      if (best === null || cost < best.cost) best = { lanes, cost };
    }
  }
  return best!.lanes;
}

/** Panels that the busiest thread works on: those of its own groups, then its shares of the groups that are left over. */
function panelsInTurn(groups: number, panels: number, threads: number): number {
  return Math.floor(groups / threads) * panels + groups % threads * Math.ceil(panels / threads);
}

/** The first lane of a sequence, counted over all groups. */
export function firstLaneOf(lanes: TokenLanes, item: number): number {
  const { panelLanes, panels, perGroup, slotLanes } = lanes;
  return Math.floor(item / perGroup) * panels * panelLanes + item % perGroup * slotLanes;
}

/** The sequences of a group. */
export function itemsOf({ perGroup }: TokenLanes, group: number, batch: number): readonly number[] {
  const first = group * perGroup;
  return Array.from({ length: Math.min(perGroup, batch - first) }, (_, i) => first + i);
}
