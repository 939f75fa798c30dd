/**
 * Linear layers in whichever form is fastest.
 *
 * @module
 */
import type { Backend } from "../backend.ts";
import type { Target } from "../machine.ts";
import { planBroadcast } from "./broadcast_layer.ts";
import { planDot } from "./dot_layer.ts";
import { formCosts, type FormTask, LINEAR_FORMS, type LinearForm } from "./form_costs.ts";
import type { Layer } from "./layer.ts";
import { type PanelLinear, preparePanel } from "./panel_layer.ts";
import { planPermute } from "./permute_layer.ts";
import { ROWS_LAYOUT, type RowsLinear } from "./rows.ts";
import { placeRows, type RowsPlan } from "./rows_plan.ts";

/** A linear layer `y = post(W · x + bias (+ residual))`, in any form. */
export interface Linear extends PanelLinear {
  /** The form; default the one that is predicted to be fastest among those that can read `input` and add a residual. */
  readonly form?: LinearForm;
}

/** A form and why it was chosen. */
export interface FormChoice {
  /** The form. */
  readonly form: LinearForm;
  /** In words, for dispatch tables. */
  readonly reason: string;
  /** Predicted nanoseconds of one call on one thread. */
  readonly costs: Readonly<Record<LinearForm, number>>;
}

/**
 * Chooses the form of a linear layer by predicted cost. Looks at a sample of the weights: about a millisecond.
 *
 * @param among Forms to choose from; default all up to 32 tokens, and beyond them panels.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePattern } from "../../core/mod.ts";
 * const weights = new Float32Array(64 * 64).fill(1);
 * const task = { weights, rows: 64, cols: 64, pattern: parsePattern("16x1") };
 * assertEquals(chooseForm({ ...task, lanes: 1 }, "avx512").form, "broadcast");
 * assertEquals(chooseForm({ ...task, lanes: 512 }, "avx512").form, "panel");
 * ```
 */
export function chooseForm(
  task: FormTask,
  target: Target,
  among: readonly LinearForm[] = formsFor(task.lanes),
): FormChoice {
  const costs = formCosts(task, target);
  const [form = "panel", ...others] = among.toSorted((a, b) => costs[a] - costs[b]);
  const words = others.map((other) =>
    `${(costs[other] / costs[form]).toFixed(1)}x as fast as ${other}`
  );
  const reason = others.length === 0
    ? `${form}, the only form that fits`
    : `${form}, predicted ${words.join(", ")}`;
  return { form, reason, costs };
}

/**
 * Packs a linear layer in the form that is given, or else predicted to be the fastest, and plans its calls.
 *
 * Ports are panels in the form `panel`, and `rows` in the others.
 *
 * @throws {RangeError} If sizes, threads or ports do not fit the form, or the arena is exhausted.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePattern } from "../../core/mod.ts";
 * import { openBackend } from "../open.ts";
 * using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
 * const layer = prepareLinear(backend, {
 *   weights: Float32Array.of(0, 2, 3, 0),
 *   rows: 2,
 *   cols: 2,
 *   pattern: parsePattern("unstructured"),
 *   lanes: 1,
 * });
 * using program = backend.build(layer.steps);
 * layer.writeInput(Float32Array.of(5, 7));
 * program.run();
 * assertEquals([...layer.readOutput()], [14, 15]);
 * ```
 */
export function prepareLinear(backend: Backend, linear: Linear): Layer {
  const { form, reason } = linear.form === undefined
    ? choose(backend.target, linear)
    : { form: linear.form, reason: `${linear.form}, as asked` };
  const layer = prepareForm(backend, linear, form);
  return { ...layer, reason: `${layer.reason}; ${reason}` };
}

function choose(target: Target, linear: Linear): FormChoice {
  return chooseForm(linear, target, possibleForms(linear));
}

/** The most tokens for which lanes along rows are chosen; their costs were measured up to 16. */
export const MOST_ROWS_LANES = 32;

function formsFor(lanes: number): readonly LinearForm[] {
  return lanes > MOST_ROWS_LANES ? ["panel"] : LINEAR_FORMS;
}

/** Forms that can read the input and add the residual. */
function possibleForms({ input, residual, panelLanes, lanes }: Linear): readonly LinearForm[] {
  const rows = input?.layout === ROWS_LAYOUT;
  if (residual || panelLanes !== undefined || (input && !rows)) return ["panel"];
  return rows ? LINEAR_FORMS.filter((form) => form !== "panel") : formsFor(lanes);
}

function prepareForm(backend: Backend, linear: Linear, form: LinearForm): Layer {
  if (form === "panel") return preparePanel(backend, linear);
  if (linear.residual) {
    throw new RangeError(`Cannot prepare layer: a residual in form ${form}, expected form panel`);
  }
  const { residual: _, panelLanes: __, form: ___, ...onRows } = linear;
  return placeRows(backend, onRows, planOnRows(backend.target, onRows, form));
}

/** Forms whose activations are rows. */
export type RowsLinearForm = Exclude<LinearForm, "panel">;

/**
 * Packs a linear layer on rows in a form; it has no memory yet.
 *
 * @throws {RangeError} If sizes, threads or the input port do not fit.
 */
export function planOnRows(target: Target, linear: RowsLinear, form: RowsLinearForm): RowsPlan {
  switch (form) {
    case "permute":
      return planPermute(target, linear);
    case "dot":
      return planDot(target, linear);
    case "broadcast":
      return planBroadcast(target, linear);
  }
}
