// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Head of a page: the verdict, what it rests on, and what is to be doubted.
 *
 * @module
 */
import type { ComponentChildren, VNode } from "preact";
import type { Recipe } from "../../recipes/mod.ts";
import type { Comparison, Result } from "../../results/mod.ts";
import { shortCells } from "../cells.ts";
import { Outcome, type Section, Status } from "../elements.tsx";
import { type Check, checksOf } from "../facts.ts";
import { gapsOf, isBounded, seedInterval } from "../seed_interval.ts";
import { count, decimal, percent, points, sentence, times } from "../wording.ts";

/** The outcome in a word, why, and three figures; nothing if a suite by itself has none of them. */
export function VerdictHead(
  { result, recipe, headline }: {
    readonly result: Result;
    readonly recipe: Recipe | null;
    readonly headline: Comparison | null;
  },
): VNode | null {
  const { verdict, accuracy, sparsity } = result;
  if (verdict === null && headline === null && accuracy === null && sparsity === null) return null;
  const [first, ...more] = verdict?.reasons ?? [];
  return (
    <section class={`verdict ${verdict?.outcome ?? "none"}`} aria-label="Verdict">
      {verdict && (
        <div class="judgement">
          <p class="word">
            <Outcome outcome={verdict.outcome} />
          </p>
          <div>
            {first !== undefined && <p class="reason">{sentence(first)}</p>}
            {more.map((reason) => <p>{sentence(reason)}</p>)}
          </div>
        </div>
      )}
      <ul class="tiles">
        <SpeedTile headline={headline} check={checkOf(result, "speed")} />
        <GapTile result={result} recipe={recipe} check={checkOf(result, "accuracy")} />
        <SparsityTile result={result} check={checkOf(result, "pattern")} />
      </ul>
      <ClaimedSpeeds checks={checksOf(result).filter(({ name }) => name === "claimed")} />
    </section>
  );
}

/** What became of published speed-ups, each in a line. */
function ClaimedSpeeds({ checks }: { readonly checks: readonly Check[] }): VNode | null {
  if (checks.length === 0) return null;
  return (
    <ul class="claimed-speeds" aria-label="Claimed speed-ups">
      {checks.map(({ status, text }) => (
        <li>
          Claimed: {text} <Status status={status} />
        </li>
      ))}
    </ul>
  );
}

function checkOf(result: Result, name: string): Check | null {
  return checksOf(result).find((check) => check.name === name) ?? null;
}

function Tile(
  { name, figure, check, children }: {
    readonly name: string;
    readonly figure: string;
    readonly check: Check | null;
    readonly children?: ComponentChildren;
  },
): VNode {
  return (
    <li>
      <p class="name">
        {name} {check && <Status status={check.status} />}
      </p>
      <p class="figure">{figure}</p>
      <div class="detail">
        {children}
        {check && check.status !== "ok" && <p class="why">{sentence(check.text)}</p>}
      </div>
    </li>
  );
}

/** A check without a figure; nothing if it was not asked. */
function OpenTile(
  { name, check }: { readonly name: string; readonly check: Check | null },
): VNode | null {
  return check && <Tile name={name} figure="–" check={check} />;
}

function SpeedTile(
  { headline, check }: { readonly headline: Comparison | null; readonly check: Check | null },
): VNode | null {
  if (headline === null) return <OpenTile name="Speed" check={check} />;
  const { ratio, subject, baseline, cell, ceiling, threads, noiseFloor } = headline;
  const digits = ratio.estimate < 2 ? 2 : 1;
  const place = shortCells([cell]).get(cell);
  return (
    <Tile name="Speed" figure={times(ratio.estimate)} check={check}>
      <p>
        [{decimal(ratio.low, digits)}, {decimal(ratio.high, digits)}] {subject} over {baseline}
      </p>
      <p>
        {place}, {count(threads, "thread")}
        {ceiling !== null && `; ceiling ${times(ceiling)}`}
        {noiseFloor !== undefined && `; noise floor ±${percent(noiseFloor)}`}
      </p>
    </Tile>
  );
}

function GapTile(
  { result: { accuracy, profile }, recipe, check }: {
    readonly result: Result;
    readonly recipe: Recipe | null;
    readonly check: Check | null;
  },
): VNode | null {
  const gap = accuracy && seedInterval(gapsOf(accuracy));
  if (accuracy === null || gap === null) return <OpenTile name="Accuracy gap" check={check} />;
  const claimed = accuracy.published.sparse - accuracy.published.dense;
  const tolerance = recipe?.tolerances.accuracyGap;
  return (
    <Tile name="Accuracy gap" figure={points(gap.estimate)} check={check}>
      <p>
        {isBounded(gap) && `[${points(gap.low)}, ${points(gap.high)}] `}
        points, sparse − dense, {count(accuracy.sparse.values.length, "seed")}
        {profile === "quick" && ", generated data"}
      </p>
      <p>
        claimed {points(claimed)}
        {tolerance !== undefined && ` ± ${decimal(100 * tolerance, 1)}`}
      </p>
    </Tile>
  );
}

function SparsityTile(
  { result: { sparsity }, check }: { readonly result: Result; readonly check: Check | null },
): VNode | null {
  if (sparsity === null) return <OpenTile name="Zeros" check={check} />;
  const { measured, target, layers, skipped } = sparsity;
  const proved = layers.filter((layer) => layer.proved).length;
  const patterns = [...new Set(layers.map(({ pattern }) => pattern))].join(", ");
  return (
    <Tile name="Zeros" figure={percent(measured)} check={check}>
      <p>asked for {percent(target)}, pattern {patterns}</p>
      <p>
        {proved === layers.length
          ? `proved in all ${count(layers.length, "layer")}`
          : `proved in ${proved} of ${count(layers.length, "layer")}`}
        {sparsity.drawn === true && " of drawn weights, those that were timed"}
        {skipped.length > 0 && `; ${skipped.length} kept dense`}
      </p>
    </Tile>
  );
}

/** Warnings with their remedies, and what differs from the recipe; `null` if there is neither. */
export function doubtsSection({ warnings, deviations }: Result): Section | null {
  if (warnings.length === 0 && deviations.length === 0) return null;
  const body = (
    <div class="doubts">
      {warnings.length > 0 && (
        <div>
          <h3>
            <span aria-hidden="true">▲</span> {count(warnings.length, "warning")}
          </h3>
          <ul>
            {warnings.map(({ what, remedy }) => (
              <li>
                {sentence(what)} <span class="remedy">Try: {remedy}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {deviations.length > 0 && (
        <div>
          <h3>Differs from the published recipe</h3>
          <ul>{deviations.map((deviation) => <li>{sentence(deviation)}</li>)}</ul>
        </div>
      )}
    </div>
  );
  return { id: "doubts", title: "To be doubted", body };
}
