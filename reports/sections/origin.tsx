// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Sections: how to do it again, on what it was measured, and the raw data.
 *
 * @module
 */
import type { VNode } from "preact";
import {
  comparisonsCsv,
  dispatchCsv,
  examplesCsv,
  experimentCsv,
  gridCsv,
  hasNetworks,
  kernelsCsv,
  measurementsCsv,
  nameOfResult,
  networksCsv,
  profilesCsv,
  type Result,
  resultText,
} from "../../results/mod.ts";
import { dataLink } from "../data_link.ts";
import { Outcome, type Section, Table } from "../elements.tsx";
import { at, commandOf, machineOf } from "../facts.ts";
import { byteSize, list, moment } from "../wording.ts";

/** A result document that is larger, packed, is not put into its page. */
const MOST_DOCUMENT_BYTES = 100 * 1024;

/** Commands, machine, hashes, downloads. */
export async function originSection(result: Result): Promise<Section> {
  const { provenance, recipe } = result;
  const command = commandOf(result) ??
    (recipe === null ? `deno task bench ${result.suite}` : `deno task reproduce ${recipe}`);
  const all = await downloadsOf(result);
  const [document] = all;
  const files = all.filter((file) => file !== document || file.sizeBytes <= MOST_DOCUMENT_BYTES);
  const body = (
    <>
      <pre class="command"><code>{command}</code></pre>
      <p>
        Measured {moment(result.startedAt)} on{" "}
        {machineOf(result) ?? "a machine that was not recorded"}. With <code>--fresh</code>{" "}
        it measures again; <code>deno task report</code> builds this page from the result file.
      </p>
      <FactTable result={result} />
      <h3>Raw data</h3>
      <Downloads files={files} />
      {files.length < all.length && (
        <p>
          The result document itself is too large for a page ({byteSize(document!.sizeBytes)}{" "}
          packed); it is in the folder <code>results</code>, under{" "}
          <code>{nameOfResult(result)}</code>.
        </p>
      )}
      <details>
        <summary>Everything that was recorded</summary>
        <pre class="record" tabIndex={0}><code>{JSON.stringify(provenance, null, 2)}</code></pre>
      </details>
    </>
  );
  return { id: "origin", title: "Do it again", body };
}

type Fact = readonly [name: string, text: string];

function FactTable({ result }: { readonly result: Result }): VNode | null {
  const facts = factsOf(result);
  if (facts.length === 0) return null;
  return (
    <details>
      <summary>Machine, versions and hashes</summary>
      <Table
        caption="What it was measured with and on"
        columns={[{ title: "what" }, { title: "value" }]}
        rows={facts.map(([name, text]) => [name, text])}
      />
    </details>
  );
}

/** Facts worth a row; what was not recorded has none, what could not be learnt has its reason. */
function factsOf({ provenance }: Result): Fact[] {
  const machine = at(provenance, "machine");
  const bytes = at(machine, "memory", "value", "totalBytes");
  const git = at(provenance, "git", "value");
  const features = at(machine, "cpu", "value", "features");
  const rows: (readonly [string, string | null])[] = [
    ["processor", probed(at(machine, "cpu"), (cpu) => text(at(cpu, "model")))],
    ["cores", text(at(machine, "cpu", "value", "cores"))],
    ["vector instructions", Array.isArray(features) ? vectorSets(features) : null],
    ["memory", typeof bytes === "number" ? byteSize(bytes) : null],
    ["system", probed(at(machine, "kernel"), text)],
    ["clock governor", probed(at(machine, "governor"), text)],
    ["processor limit", probed(at(machine, "cpuLimit"), text)],
    ["memory limit", probed(at(machine, "memoryLimit"), text)],
    ["versions", pairs(at(provenance, "versions"))],
    ["packages", pairs(at(provenance, "packages", "value"))],
    ["seeds", text(at(provenance, "seeds"))],
    ["commit", git === undefined || git === null ? null : commitOf(git)],
    ["sources (sha256)", probed(at(provenance, "sources"), text)],
    ...filesOf(at(provenance, "files")),
  ];
  return rows.flatMap(([name, value]) => value === null ? [] : [[name, value] as const]);
}

/** An answer of the system, or why there is none. */
function probed(value: unknown, show: (value: unknown) => string | null): string | null {
  const answer = at(value, "value");
  if (answer !== null && answer !== undefined) return show(answer);
  const reason = text(at(value, "reason"));
  return reason === null ? null : `not known: ${reason}`;
}

function text(value: unknown): string | null {
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(String).join(", ");
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

function pairs(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return null;
  const entries = Object.entries(value).map(([name, version]) => `${name} ${String(version)}`);
  return entries.length === 0 ? null : entries.join(", ");
}

/** Of some hundred features, those that kernels are chosen by. */
function vectorSets(features: readonly unknown[]): string | null {
  const named = features.map(String).filter((name) =>
    /^(sse4_2|avx|fma|f16c|amx|neon|asimd|sve)/.test(name)
  );
  return named.length === 0 ? null : list(named);
}

function commitOf(git: unknown): string {
  return `${String(at(git, "commit"))}${at(git, "dirty") === true ? ", with changes" : ""}`;
}

function filesOf(files: unknown): (readonly [string, string | null])[] {
  if (typeof files !== "object" || files === null) return [];
  return Object.entries(files).map(([name, file]) =>
    [`${name} (sha256)`, probed(at(file, "sha256"), text)] as const
  );
}

interface Download {
  readonly name: string;
  readonly href: string;
  readonly sizeBytes: number;
}

/** The document, then its tables. */
async function downloadsOf(result: Result): Promise<Download[]> {
  const stem = `${nameOfResult(result)}-${result.startedAt.slice(0, 10)}`;
  const files = [
    { name: `${stem}.json`, type: "application/json", content: resultText(result) },
  ];
  const layers = result.measurements.some(({ layer }) => layer !== undefined);
  const timed = result.experiment === undefined;
  const tables: readonly (readonly [name: string, content: string])[] = [
    ...timed
      ? [
        ["comparisons", comparisonsCsv([result])],
        ["measurements", measurementsCsv([result])],
      ] as const
      : [["figures", experimentCsv([result])], ["examples", examplesCsv(result)]] as const,
    ...layers ? [["kernels", kernelsCsv([result])], ["grid", gridCsv([result])]] as const : [],
    ...hasNetworks(result) ? [["networks", networksCsv([result])]] as const : [],
    ...result.dispatch.length > 0 ? [["dispatch", dispatchCsv([result])]] as const : [],
    ...result.profiles?.length ? [["layers", profilesCsv([result])]] as const : [],
  ];
  const all = [
    ...files,
    ...tables.filter(([, content]) => content !== "").map(([name, content]) => ({
      name: `${stem}-${name}.csv`,
      type: "text/csv",
      content,
    })),
  ];
  return await Promise.all(all.map((file) => dataLink(file)));
}

function Downloads({ files }: { readonly files: readonly Download[] }): VNode {
  return (
    <ul class="downloads">
      {files.map(({ name, href, sizeBytes }) => (
        <li>
          <a download={name} href={href}>{name}</a> <span class="note">{byteSize(sizeBytes)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Earlier results of the same recipe or suite, the newest first; `null` if there is only one. */
export function earlierTable(results: readonly Result[], speeds: readonly string[]): VNode {
  return (
    <Table
      caption="All results, newest first"
      columns={[
        { title: "measured" },
        { title: "profile" },
        { title: "verdict" },
        { title: "speed-up", numeric: true },
        { title: "machine" },
      ]}
      rows={results.map((result, index) => [
        moment(result.startedAt),
        result.profile ?? "–",
        result.verdict === null ? "–" : <Outcome outcome={result.verdict.outcome} />,
        speeds[index] ?? "–",
        machineOf(result) ?? "–",
      ])}
    />
  );
}
