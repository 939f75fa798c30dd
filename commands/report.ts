/**
 * Command `report`: the site of all results.
 *
 * @module
 */
import { resolve } from "@std/path";
import { findRecipes } from "../recipes/mod.ts";
import { buildSite } from "../reports/mod.ts";
import { listResults } from "../results/mod.ts";
import { count } from "../suites/mod.ts";
import type { Command, Input } from "./command.ts";
import { RESULTS, runStage, SITE } from "./stages.ts";
import type { Terminal } from "./terminal.ts";

/** Builds the site. */
export const report: Command = {
  name: "report",
  summary: "Builds the site: an overview, one page per recipe and suite, history.",
  operands: [],
  options: [{ name: "out", value: "DIR", summary: "where it goes (default: reports/site)" }],
  run: runReport,
};

async function runReport(input: Input, terminal: Terminal): Promise<number> {
  const out = resolve(input.text("out") ?? SITE);
  const { state } = await Deno.permissions.query({ name: "write", path: out });
  if (state !== "granted") {
    // The task may write its own folder only; a process of its own is given the one that was asked for.
    await runStage({ name: "report", args: ["--out", out], writes: [out] }, terminal);
    return 0;
  }
  const stored = await listResults(RESULTS);
  const recipes = [...await findRecipes("all")];
  const { pages } = await buildSite({ results: stored.map(({ result }) => result), recipes, out });
  terminal.progress.finish("report", `${count(pages.length, "page")} in ${out}`);
  return 0;
}
