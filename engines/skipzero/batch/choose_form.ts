/**
 * Which form a linear layer on features of the batch gets: panels of items, or one of the forms on rows, which read each
 * weight for few items.
 *
 * @module
 */
import { formatPattern, parsePattern, type Pattern } from "../../../core/mod.ts";
import {
  formCosts,
  LINEAR_FORMS,
  MOST_ROWS_LANES,
  type RowMasks,
  type RowsLinearForm,
} from "../../../kernels/mod.ts";
import { type Choice, type ChoiceOptions, chooseKernel } from "../choose.ts";
import { busiestLanes } from "./width.ts";

/** A form and why it was chosen. */
export interface BatchChoice extends Choice {
  /** `panel`, or a form on rows. */
  readonly form: RowsLinearForm | "panel";
}

/** What the choice depends on besides the weights. */
export interface BatchChoiceOptions extends ChoiceOptions {
  /** Items of the batch. */
  readonly batch: number;
  /** Threads that share the layer. */
  readonly threads: number;
  /** Width of the panels, if there are panels. */
  readonly panelLanes: number;
  /** Whether the layer can have rows at all: residuals are panels. */
  readonly allowRows: boolean;
}

interface Candidate {
  readonly form: RowsLinearForm | "panel";
  readonly pattern: Pattern;
  /** Predicted nanoseconds. */
  readonly cost: number;
}

const ROWS_FORMS: readonly RowsLinearForm[] = ["broadcast", "permute", "dot"];

/**
 * Chooses the form of a weight by predicted cost.
 *
 * @param weights Row-major, rows = outputs.
 * @param masks Their zeros.
 */
export function chooseBatchForm(
  weights: Float32Array,
  masks: RowMasks,
  options: BatchChoiceOptions,
): BatchChoice {
  const { batch, panelLanes, threads, target } = options;
  const { rows, cols } = masks;
  const choice = chooseKernel(masks, options);
  if (!options.allowRows || batch > MOST_ROWS_LANES) return { ...choice, form: "panel" };
  const task = { weights, rows, cols };
  const lanes = busiestLanes(batch, panelLanes, threads);
  const panel: Candidate = {
    form: "panel",
    pattern: choice.pattern,
    cost: formCosts({ ...task, pattern: choice.pattern, lanes }, target).panel,
  };
  const onRows = patternsOf(choice, options).flatMap((pattern): Candidate[] => {
    const costs = formCosts({ ...task, pattern, lanes: batch }, target);
    return ROWS_FORMS.map((form) => ({ form, pattern, cost: costs[form] / threads }));
  });
  const all = [panel, ...onRows].toSorted((a, b) => a.cost - b.cost);
  const best = all[0]!;
  return {
    pattern: best.pattern,
    form: best.form,
    sparsity: choice.sparsity,
    reason: reasonOf(all, choice.sparsity, batch),
    costs: Object.fromEntries(
      LINEAR_FORMS.map((form) => [form, all.find((one) => one.form === form)!.cost]),
    ),
  };
}

/** Dense, and the blocks that are cheapest on panels, whichever of the two is chosen there. */
function patternsOf(
  { pattern, costs }: Choice,
  { unpruned, form }: BatchChoiceOptions,
): readonly Pattern[] {
  const names = Object.keys(costs).filter((name) => name !== "dense");
  if (unpruned || form || names.length === 0) return [pattern];
  const sparse = names.reduce((best, next) => costs[next]! <= costs[best]! ? next : best);
  return [{ kind: "dense" }, parsePattern(sparse)];
}

function reasonOf(all: readonly Candidate[], sparsity: number, batch: number): string {
  const [best, ...others] = all as readonly [Candidate, ...Candidate[]];
  const told = new Set([best.form]);
  const words = others.filter(({ form }) => !told.has(form) && told.add(form)).map((other) =>
    `${(other.cost / best.cost).toFixed(1)}x as fast as ${other.form}`
  );
  const items = batch === 1 ? "1 item" : `${batch} items`;
  return `${(100 * sparsity).toFixed(1)} % zeros, ${items}: ${
    formatPattern(best.pattern)
  } in form ${best.form}, predicted ${words.join(", ")}`;
}
