/**
 * Check: is a published speed-up reached? It is asked of like only: number type, processor, batch and network must be the same, else
 * the answer is what differs.
 *
 * @module
 */
import type { ClaimedSpeed } from "../recipes/mod.ts";
import type { Comparison } from "../results/mod.ts";
import { headlineOf } from "./speed_check.ts";
import type { Check, Evidence } from "./verdict.ts";
import { list, timesWithin } from "./wording.ts";

/** Documents print two digits. */
const ROUNDING = 0.05;

const BOUNDS = { "about": "", "over": "over ", "up-to": "up to " } as const;
const DTYPES: Readonly<Record<string, string>> = { f32: "FP32", int8: "INT8" };
const PROCESSORS = { fpga: "an FPGA", gpu: "a GPU" } as const;

/** One check for each speed-up that the claim has, against the fastest dense baseline of the headline batch. */
export function checkClaimedSpeeds(evidence: Evidence): Check[] {
  const headline = headlineOf(evidence);
  const { headline: batch } = evidence.recipe.benchmark;
  return (evidence.recipe.claim.speed ?? []).map((speed) => checkOne(speed, headline, batch));
}

function checkOne(speed: ClaimedSpeed, headline: Comparison | null, batch: number): Check {
  const name = "claimed";
  const claim = `${BOUNDS[speed.bound]}${speed.ratio}x (${speed.scenario})`;
  const differences = differencesOf(speed, headline, batch);
  if (differences.length > 0) {
    return { name, status: "unjudged", text: `${claim}; not compared: ${list(differences)}` };
  }
  if (headline === null) return { name, status: "open", text: `${claim}; not measured here` };
  const { status, word } = answer(speed, headline);
  const here = `${timesWithin(headline.ratio)} over ${headline.baseline}`;
  return { name, status, text: `${claim}; here ${here}, ${word}` };
}

/** What makes a published speed-up another matter than the measured one, in words. */
function differencesOf(
  { dtype, processor, hardware, batch: claimedBatch, differs }: ClaimedSpeed,
  headline: Comparison | null,
  batch: number,
): string[] {
  const measured = headline?.cell.split(" ")[1] ?? "f32";
  return [
    ...processor === "cpu" ? [] : [`it is of ${PROCESSORS[processor]} (${hardware})`],
    ...dtype === "unstated" || dtype === measured
      ? []
      : [`it is of ${DTYPES[dtype]} on ${hardware}, here ${DTYPES[measured] ?? measured}`],
    ...claimedBatch === undefined || claimedBatch === batch
      ? []
      : [`it is of batch ${claimedBatch}, here ${batch}`],
    ...differs === undefined ? [] : [differs],
  ];
}

/** "Up to" promises no least, so it can be reached and not missed. */
function answer(
  { ratio: claimed, bound }: ClaimedSpeed,
  { ratio }: Comparison,
): { readonly status: Check["status"]; readonly word: string } {
  const least = bound === "over" ? claimed : claimed - ROUNDING;
  if (ratio.low >= least) return { status: "ok", word: "reached" };
  if (ratio.high >= least) return { status: "open", word: "the interval spans it" };
  if (bound === "up-to") return { status: "unjudged", word: "which it allows" };
  return { status: "failed", word: "not reached" };
}
