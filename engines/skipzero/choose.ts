/**
 * Which kernel a weight gets: the pattern whose packed form costs the fewest cycles.
 *
 * Idea: the zeros are in the weights, so the weights decide, not a label. For every block height the non-empty blocks are
 * counted and priced with what the kernel of this height was measured to cost; the cheapest wins, dense included. All
 * prices are told, and a choice can be overruled.
 *
 * @module
 */
import { formatPattern, parsePattern, type Pattern } from "../../core/mod.ts";
import {
  BLOCK_HEIGHTS,
  PANEL_LANES,
  passesOf,
  type RowMasks,
  type Target,
  tileOf,
} from "../../kernels/mod.ts";
import { type PanelCosts, panelCostsOf } from "./panel_costs.ts";

/** A pattern and why it was chosen. */
export interface Choice {
  /** How the weight is packed. */
  readonly pattern: Pattern;
  /** Fraction of zero weights, 0 to 1. */
  readonly sparsity: number;
  /** In words, for the dispatch table of a result. */
  readonly reason: string;
  /** Predicted time by pattern, 1 = a dense layer at the multiply-add peak. Empty if nothing was predicted. */
  readonly costs: Readonly<Record<string, number>>;
}

/** What the choice depends on besides the weights. */
export interface ChoiceOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Width of the panels; default {@linkcode PANEL_LANES}. */
  readonly panelLanes?: number;
  /** Choose the dense kernel whatever the weights are. */
  readonly unpruned?: boolean;
  /** Choose this pattern whatever it costs; default {@linkcode forcedForm}. */
  readonly form?: Pattern | null;
  /** Costs of the kernels; default those of {@linkcode panelCostsOf} this machine. */
  readonly costs?: PanelCosts;
}

/** A sparse kernel must be this much cheaper: offsets take memory, and a tie is not worth them. */
const LEAST_SAVING = 0.05;

const FORM_VARIABLE = "SKIPZERO_FORM";

/**
 * The pattern that the environment variable `SKIPZERO_FORM` forces on every weight, e.g. `dense` or `4x1`, so that the
 * cost model can be tried; it counts if the program may read it.
 *
 * @throws {SyntaxError} If it is no pattern.
 */
export function forcedForm(): Pattern | null {
  const { state } = Deno.permissions.querySync({ name: "env", variable: FORM_VARIABLE });
  const text = state === "granted" ? Deno.env.get(FORM_VARIABLE)?.trim() : undefined;
  return text ? parsePattern(text) : null;
}

/**
 * Chooses the kernel for a weight.
 *
 * @param masks Its zeros; rows = output channels.
 */
export function chooseKernel(masks: RowMasks, options: ChoiceOptions): Choice {
  const { rows, cols, blocks } = masks;
  const stored = BLOCK_HEIGHTS.map((height, i) => blocks[i]! * height / Math.max(1, rows * cols));
  const sparsity = 1 - stored[0]!;
  const { unpruned = false, form = forcedForm() } = options;
  if (unpruned) return { pattern: DENSE, sparsity, reason: "dense engine", costs: {} };
  const priced = price(stored, rows, cols, options);
  const dense = priced[0]!;
  // The higher block wins a tie: it needs fewer offsets.
  const least = priced.reduce((least, next) => next.cost <= least.cost ? next : least);
  const best = least.cost < (1 - LEAST_SAVING) * dense.cost ? least : dense;
  const percent = `${(100 * sparsity).toFixed(1)} % zeros`;
  const costs = Object.fromEntries(priced.map(({ name, cost }) => [name, cost]));
  const told = priced.map(({ name, cost }) => `${name} ${cost.toFixed(2)}`).join(", ");
  if (form !== null) {
    return { pattern: form, sparsity, reason: `${percent}: as asked; costs ${told}`, costs };
  }
  const why = best === dense
    ? "skipping them would cost more than it saves"
    : `${(dense.cost / best.cost).toFixed(1)}x cheaper than dense by the cost model`;
  const reason = `${percent}: ${why}; costs ${told}`;
  return { pattern: best.pattern, sparsity, reason, costs };
}

const DENSE: Pattern = { kind: "dense" };

interface Priced {
  readonly pattern: Pattern;
  readonly name: string;
  readonly cost: number;
}

/** Every pattern that fits with its price, dense first. */
function price(
  fractions: readonly number[],
  rows: number,
  cols: number,
  { target, panelLanes = PANEL_LANES, costs = panelCostsOf(target) }: ChoiceOptions,
): readonly Priced[] {
  const sparse = BLOCK_HEIGHTS.flatMap((height, i): Priced[] => {
    if (rows % height !== 0) return [];
    const pattern = blockPattern(height);
    const tile = tileOf(pattern, target, panelLanes);
    const { fraction, startColumns, passColumns } =
      costs.tiles[tile.rows >= 4 ? 4 : tile.rows === 2 ? 2 : 1];
    const stored = fractions[i]!;
    const passes = passesOf(cols, stored * cols, tile, { panelLanes, target });
    const cost = stored / fraction + (startColumns + (passes - 1) * passColumns) / cols;
    return [{ pattern, name: formatPattern(pattern), cost }];
  });
  const cost = 1 / costs.dense.fraction + costs.dense.startColumns / cols;
  return [{ pattern: DENSE, name: "dense", cost }, ...sparse];
}

function blockPattern(rows: number): Pattern {
  return rows === 1 ? { kind: "unstructured" } : { kind: "block", rows, cols: 1 };
}
