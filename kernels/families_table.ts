/**
 * The table of kernel families in the README, made from the list that tests and suites walk.
 *
 * Run this file to write it anew: `deno run -R -W kernels/families_table.ts && deno fmt README.md`.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { writeAtomic } from "../core/mod.ts";
import { FAMILIES } from "./layers/mod.ts";

const [START, END] = ["<!-- families: begin -->", "<!-- families: end -->"];

/** A row for each family: id, what it computes, patterns. */
export function familiesTable(): string {
  const rows = FAMILIES.map(({ id, op, summary, patterns, skipsActivations }) => [
    `\`${id}\``,
    op.replaceAll("_", " "),
    summary,
    skipsActivations ? "weights, activations" : "weights",
    patterns.join(", "),
  ]);
  const heading = ["family", "layer", "how", "skips zeros of", "measured with"];
  return [heading, heading.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/**
 * The text with the table between its marks.
 *
 * @throws {SyntaxError} If the marks are missing.
 */
export function withFamiliesTable(text: string): string {
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  if (start < 0 || end < start) {
    throw new SyntaxError(`Cannot write the table of families: no "${START}" before "${END}"`);
  }
  return `${text.slice(0, start + START.length)}\n\n${familiesTable()}\n\n${text.slice(end)}`;
}

if (import.meta.main) {
  const path = fromFileUrl(new URL("../README.md", import.meta.url));
  await writeAtomic(path, withFamiliesTable(await Deno.readTextFile(path)));
}
