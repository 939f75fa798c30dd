/**
 * Command `fetch`: gets a published data set, and for a recipe the checkpoint that it starts from.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { UsageError } from "../core/mod.ts";
import { download, FETCH_SOURCES, fetchDataset } from "../datasets/mod.ts";
import {
  canTrain,
  loadRecipes,
  type Model,
  profileOf,
  type Recipe,
  trainedModel,
} from "../recipes/mod.ts";
import { count } from "../suites/mod.ts";
import type { Command, Input } from "./command.ts";
import { runStage } from "./stages.ts";
import type { Terminal } from "./terminal.ts";
import { FETCHED } from "./training_inputs.ts";

/** Gets data sets and checkpoints. */
export const fetchCommand: Command = {
  name: "fetch",
  summary: "Downloads a data set, or what a recipe needs; checked and resumable.",
  operands: ["dataset or recipe"],
  options: [{ name: "data", value: "DIR", summary: "where it goes (default: .cache/data)" }],
  notes: [`data sets: ${Object.keys(FETCH_SOURCES).join(", ")}; generated ones need no download`],
  run: runFetch,
};

async function runFetch(input: Input, terminal: Terminal): Promise<number> {
  const [name] = input.operands as [string]; // as many as the command has operands
  const directory = resolve(input.text("data") ?? FETCHED);
  const { state } = await Deno.permissions.query({ name: "write", path: directory });
  if (state !== "granted") {
    // The task may write the cache only; a process of its own is given the folder that was asked for.
    const args = [name, "--data", directory];
    await runStage({ name: "fetch", args, writes: [directory] }, terminal);
    return 0;
  }
  const recipe = (await loadRecipes()).find((one) => one.name === name) ?? null;
  if (recipe === null) {
    await fetchData(name, directory, terminal);
  } else {
    if (!canTrain(recipe, "published")) throw nothingToFetch(recipe);
    const { dataset } = profileOf(recipe, "published");
    await fetchData(dataset.name, directory, terminal);
    await fetchCheckpoint(trainedModel(recipe, "published"), directory, terminal);
  }
  return 0;
}

function nothingToFetch({ name, missing }: Recipe): UsageError {
  return new UsageError(
    `Cannot fetch data for ${name}: it uses none, since ${missing ?? "it has no such profile"}`,
    { remedy: `deno task reproduce ${name}` },
  );
}

async function fetchData(
  name: string,
  directory: string,
  { progress, signal }: Terminal,
): Promise<void> {
  const files = await fetchDataset(name, {
    directory,
    signal,
    onProgress: (path, { doneBytes, totalBytes }) =>
      progress.show({
        stage: "fetch",
        done: doneBytes,
        total: totalBytes ?? 0,
        detail: `${path} ${megabytes(doneBytes)}`,
      }),
  });
  const fresh = files.filter(({ wasPresent }) => !wasPresent).length;
  const what = fresh === 0 ? "all there" : `${count(fresh, "new file")}`;
  progress.finish("fetch", `${name} in ${directory}: ${what}`);
}

/** The checkpoint, if its content is known: a download that cannot be checked is left to the user. */
async function fetchCheckpoint(
  { init = "scratch" }: Model,
  directory: string,
  { progress, signal }: Terminal,
): Promise<void> {
  if (init === "scratch") return;
  const path = join(directory, init.file);
  if (init.url === undefined || init.sha256 === undefined) {
    const from = init.url === undefined ? "" : ` from ${init.url}`;
    progress.finish("fetch", `no sha256 is known for ${init.file}: put it${from} to ${path}`);
    return;
  }
  const { url, sha256, file } = init;
  await download({
    ...{ url, sha256, path, signal },
    onProgress: ({ doneBytes, totalBytes }) =>
      progress.show({ stage: "fetch", done: doneBytes, total: totalBytes ?? 0, detail: file }),
  });
  progress.finish("fetch", path);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
