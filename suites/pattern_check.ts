/**
 * Check: does every pruned layer have the claimed pattern at the claimed sparsity?
 *
 * @module
 */
import type { Check, Evidence } from "./verdict.ts";
import { count, percent } from "./wording.ts";

/** How far the measured sparsity may be from the target: blocks are whole, and layers are capped. */
const SPARSITY_TOLERANCE = 0.01;

/** Checks the proofs of the trained weights, or of those that were drawn to be timed. */
export function checkPattern({ sparsity, recipe, profile }: Evidence): Check {
  const name = "pattern";
  if (sparsity === null) return { name, status: "open", text: "not measured: nothing was trained" };
  const { pattern, target } = recipe.sparsity;
  if (target === 0 && sparsity.measured === 0) {
    return { name, status: "ok", text: "all weights are kept, as the claim has it" };
  }
  const layers = count(sparsity.layers.length, "layer");
  const head = `${pattern} at ${percent(sparsity.measured)} in ${layers}`;
  const unproved = sparsity.layers.filter((layer) => !layer.proved);
  if (unproved.length > 0) {
    const names = unproved.slice(0, 3).map((layer) => layer.name).join(", ");
    return { name, status: "failed", text: `${head}; not proved in ${unproved.length}: ${names}` };
  }
  if (sparsity.layers.length === 0) {
    return { name, status: "failed", text: "no layer was pruned" };
  }
  if (Math.abs(sparsity.measured - target) > SPARSITY_TOLERANCE) {
    return {
      name,
      status: "failed",
      text: `${head}, proved, but the target is ${percent(target)}`,
    };
  }
  const drawn = profile === null ? " on drawn weights" : "";
  return { name, status: "ok", text: `${head}, proved${drawn}${keptDense(sparsity.skipped)}` };
}

function keptDense(skipped: readonly { readonly name: string; readonly reason: string }[]): string {
  const [first] = skipped;
  if (first === undefined) return "";
  const name = first.name.replace(/^bert\./, "").replace(/\.weight$/, "");
  return `; ${skipped.length} kept dense (${name}: ${first.reason})`;
}
