/**
 * The dispatch proof: does an engine that is to skip zeros skip those that are there, in every layer?
 *
 * @module
 */
import type { LayerDispatch } from "../engines/mod.ts";
import type { Result } from "../results/mod.ts";
import { isOurs } from "./job.ts";
import { hollowNetwork } from "./network_layers.ts";
import { graphLayers } from "../models/mod.ts";
import type { GroupAnswers } from "./run_suite.ts";
import type { Cell } from "./suite.ts";
import { count, percent } from "./wording.ts";

type Warning = Result["warnings"][number];

/** From this fraction of zeros on, a layer that runs dense is a surprise. */
const MOSTLY_ZEROS = 0.5;

/** A kernel that skips this much less than the zeros that are there multiplies many of them. */
const MUCH_LESS = 0.2;

/** Layers that are named in a warning. */
const NAMED = 3;

/** Doubts about what our sparse engines skipped, one a cell, engine and kind. */
export function dispatchWarnings(groups: readonly GroupAnswers[]): Warning[] {
  const warnings = groups.flatMap(({ cell, answers }) =>
    answers.flatMap(({ entrants }) => entrants)
      .filter(({ id, state }) => isOurs(id) && state === "ready")
      .flatMap(({ id, dispatch }) => [
        ...id.endsWith("-dense")
          ? []
          : [...ranDense(cell, id, dispatch), ...skipsLittle(cell, id, dispatch)],
        ...untold(cell, id, dispatch),
      ])
  );
  return [...new Map(warnings.map((warning) => [warning.what, warning])).values()];
}

function ranDense({ name }: Cell, id: string, dispatch: readonly LayerDispatch[]): Warning[] {
  const dense = dispatch.filter(({ sparsity, skipped }) =>
    (sparsity ?? 0) >= MOSTLY_ZEROS && (skipped ?? 0) <= 0
  );
  if (dense.length === 0) return [];
  const most = Math.max(...dense.map(({ sparsity }) => sparsity ?? 0));
  return [{
    what: `${id} ran ${count(dense.length, "layer")} of ${name} dense though up to ` +
      `${percent(most)} of their weights are zeros: ${namesOf(dense)} (${dense[0]!.reason})`,
    remedy: `deno task bench models --filter "${name}" --profile-layers`,
  }];
}

function skipsLittle({ name }: Cell, id: string, dispatch: readonly LayerDispatch[]): Warning[] {
  const little = dispatch.filter(({ sparsity, skipped }) =>
    sparsity !== null && skipped !== null && skipped > 0 && sparsity - skipped > MUCH_LESS
  );
  if (little.length === 0) return [];
  const [worst] = little.toSorted((a, b) => b.sparsity! - b.skipped! - a.sparsity! + a.skipped!);
  return [{
    what: `${id} skips much less than the zeros in ${count(little.length, "layer")} of ${name}: ` +
      `${percent(worst!.skipped!)} of ${percent(worst!.sparsity!)} in ${namesOf([worst!])} (${
        worst!.reason
      })`,
    remedy: `deno task bench models --filter "${name}" --profile-layers`,
  }];
}

/** Layers of the network that an engine says nothing about: its graph was not recognised as what it is. */
function untold({ name, work }: Cell, id: string, dispatch: readonly LayerDispatch[]): Warning[] {
  if (work.kind !== "network") return [];
  const told = new Set(dispatch.map(({ layer }) => layer));
  const missing = graphLayers(hollowNetwork(work.network, 1))
    .map(({ weight }) => weight)
    .filter((weight) => !told.has(weight));
  if (missing.length === 0) return [];
  return [{
    what: `${id} does not say which kernel runs ${count(missing.length, "layer")} of ${name}: ` +
      namesOf(missing.map((layer) => ({ layer }))),
    remedy: `deno task bench models --filter "${name}" --profile-layers`,
  }];
}

function namesOf(layers: readonly { readonly layer: string }[]): string {
  const names = layers.slice(0, NAMED).map(({ layer }) => layer.replace(/\.weight$/, ""));
  const more = layers.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
