// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Section: what was claimed, by whom, and how closely its recipe is known.
 *
 * @module
 */
import type { VNode } from "preact";
import type { Claim, ClaimedSpeed, Recipe } from "../../recipes/mod.ts";
import type { Result } from "../../results/mod.ts";
import { metricName } from "../charts/accuracy.ts";
import { type Section, Table } from "../elements.tsx";
import { count, percent, points, sentence } from "../wording.ts";
import { kindInWords } from "./accuracy.tsx";

const FIDELITY = {
  exact: "exact: a public recipe was followed",
  partial: "partial: the public recipe is incomplete, the rest is our reading",
  reconstructed: "reconstructed: no recipe was published",
} as const;

/** What stands in for training where a recipe only measures; `null` if something was trained. */
export function untrainedSection(
  { missing, sparsity: { pattern, target } }: Recipe,
  { accuracy }: Result,
): Section | null {
  if (accuracy !== null || missing === undefined) return null;
  const body = (
    <>
      <p class="doubt">Nothing was trained: {missing}. No accuracy was measured.</p>
      <p>
        The speed is that of the full-size network. Its weights were drawn at random, with{" "}
        {percent(target, 0)} zeros in the pattern{" "}
        {pattern}: how long a run takes depends on where the zeros are, not on the values of the
        weights.
      </p>
    </>
  );
  return { id: "untrained", title: "What was measured, and what was not", body };
}

/** The claim with its sources. */
export function claimSection({ claim, sparsity, missing }: Recipe): Section {
  const body = (
    <>
      <blockquote>
        <p>{claim.row}</p>
        <footer>{claim.document}</footer>
      </blockquote>
      <dl class="facts">
        <dt>Pattern</dt>
        <dd>{sparsity.pattern} at {percent(sparsity.target, 0)} zeros</dd>
        <dt>Kind of figure</dt>
        <dd>{kindInWords(claim.kind)}</dd>
        <dt>Recipe</dt>
        <dd>{FIDELITY[claim.fidelity]}</dd>
        {missing !== undefined && (
          <>
            <dt>Not done here</dt>
            <dd>{missing}</dd>
          </>
        )}
      </dl>
      <ClaimTable claim={claim} />
      {claim.speed && <SpeedTable speed={claim.speed} />}
      {claim.alternatives && <OtherFigures claim={claim} />}
      <Sources claim={claim} />
      {claim.notes.length > 0 && (
        <details open={missing !== undefined}>
          <summary>
            Traps and contradictions in the sources: {count(claim.notes.length, "note")}
          </summary>
          <ul>{claim.notes.map((note) => <li>{note}</li>)}</ul>
        </details>
      )}
    </>
  );
  return { id: "claim", title: "The claim", body };
}

function ClaimTable({ claim }: { readonly claim: Claim }): VNode {
  const { dense, sparse, runs } = claim;
  const row = (name: string, one: { dense: number; sparse: number }): string[] => [
    name,
    percent(one.sparse, 2),
    percent(one.dense, 2),
    points(one.sparse - one.dense),
  ];
  return (
    <Table
      caption={`Published ${metricName(claim.metric)}`}
      columns={[
        { title: "figure" },
        { title: "sparse", numeric: true },
        { title: "dense", numeric: true },
        { title: "difference (points)", numeric: true },
      ]}
      rows={[
        row("as quoted", { dense, sparse }),
        ...runs
          ? [
            row("best run", { dense: runs.dense.max, sparse: runs.sparse.max }),
            row("mean of runs", { dense: runs.dense.mean, sparse: runs.sparse.mean }),
          ]
          : [],
      ]}
    />
  );
}

const BOUNDS = { "about": "", "over": "over ", "up-to": "up to " } as const;
const DTYPES = { f32: "FP32", int8: "INT8", unstated: "not stated" } as const;

/** Published speed-ups with what they were measured on; whether they can be compared is the verdict's to say. */
function SpeedTable({ speed }: { readonly speed: readonly ClaimedSpeed[] }): VNode {
  return (
    <Table
      caption="Published speed-ups"
      columns={[
        { title: "speed-up" },
        { title: "as quoted" },
        { title: "over" },
        { title: "number type" },
        { title: "hardware" },
      ]}
      rows={speed.map(({ ratio, bound, row, scenario, baseline, dtype, hardware }) => [
        `${BOUNDS[bound]}${ratio}x`,
        `“${row}” (${scenario})`,
        baseline,
        DTYPES[dtype],
        hardware,
      ])}
    />
  );
}

/** Other figures for the same row, which are not judged. */
function OtherFigures({ claim: { alternatives = [] } }: { readonly claim: Claim }): VNode {
  const figure = (value: number | undefined): string =>
    value === undefined ? "–" : percent(value, 2);
  return (
    <details>
      <summary>{count(alternatives.length, "other published figure")}</summary>
      <ul class="sources">
        {alternatives.map(({ url, says, dense, sparse, kind }) => (
          <li>
            <p>
              {sentence(says)} Sparse {figure(sparse)}, dense {figure(dense)}; {kindInWords(kind)}.
            </p>
            <Link url={url} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Sources({ claim: { sources } }: { readonly claim: Claim }): VNode {
  return (
    <details>
      <summary>{count(sources.length, "primary source")}</summary>
      <ul class="sources">
        {sources.map(({ url, says }) => (
          <li>
            <p>{says}</p>
            <Link url={url} />
          </li>
        ))}
      </ul>
    </details>
  );
}

/** A link if it leads to the web; anything else is only shown, since it could be a script. */
export function Link({ url }: { readonly url: string }): VNode {
  return /^https?:\/\//.test(url)
    ? <a href={url} rel="noreferrer noopener">{url}</a>
    : <code>{url}</code>;
}
