import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { EnvironmentError, openStage } from "../core/mod.ts";
import { type SeedPaths, seedPathsOf } from "../training/mod.ts";
import { takeEarlierSeeds } from "./earlier_seeds.ts";
import { keyOfSeeds } from "./train_plan.ts";

const FILES = ["log", "dense", "sparse", "record"] as const satisfies readonly (keyof SeedPaths)[];

/** A cache for one test. */
async function withCache(body: (cache: string) => Promise<void>): Promise<void> {
  const cache = await Deno.makeTempDir();
  try {
    await body(cache);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

/** Leaves an entry of some seeds whose files say what they are. */
async function leave(
  cache: string,
  { family = "a", seeds, finished = true }: {
    readonly family?: string;
    readonly seeds: number;
    readonly finished?: boolean;
  },
): Promise<string> {
  using entry = await openStage(cache, "train", keyOfSeeds(family, seeds));
  for (let seed = 1; seed <= seeds; seed++) {
    const paths = seedPathsOf(entry.directory, seed);
    for (const file of FILES) {
      await Deno.writeTextFile(paths[file], `${family} ${file} ${seed} of ${seeds}`);
    }
  }
  await Deno.writeTextFile(join(entry.directory, "record.json"), `${seeds} together`);
  if (finished) await entry.finish();
  return entry.directory;
}

/** Takes seeds into a new entry; what it has then by name. */
async function take(
  cache: string,
  seeds: number,
  prepare: (directory: string) => Promise<void> = async () => {},
): Promise<{ readonly taken: readonly number[]; readonly files: Record<string, string> }> {
  const key = keyOfSeeds("a", seeds);
  const seedList = Array.from({ length: seeds }, (_, i) => i + 1);
  using entry = await openStage(cache, "train", key);
  await prepare(entry.directory);
  const taken = await takeEarlierSeeds({ family: "a", seedList, key }, entry.directory, cache);
  const files: Record<string, string> = {};
  for await (const { name } of Deno.readDir(entry.directory)) {
    if (name !== "lock") files[name] = await Deno.readTextFile(join(entry.directory, name));
  }
  return { taken, files };
}

Deno.test("takeEarlierSeeds() copies all that finished seeds left, and nothing of the whole", async () => {
  await withCache(async (cache) => {
    await leave(cache, { seeds: 2 });
    const { taken, files } = await take(cache, 3);
    assertEquals(taken, [1, 2]);
    assertEquals(files, {
      "dense-1.safetensors": "a dense 1 of 2",
      "dense-2.safetensors": "a dense 2 of 2",
      "log-1.jsonl": "a log 1 of 2",
      "log-2.jsonl": "a log 2 of 2",
      "seed-1.json": "a record 1 of 2",
      "seed-2.json": "a record 2 of 2",
      "sparse-1.safetensors": "a sparse 1 of 2",
      "sparse-2.safetensors": "a sparse 2 of 2",
    });
  });
});

Deno.test("takeEarlierSeeds() takes fewer seeds of many, and keeps what is there", async () => {
  await withCache(async (cache) => {
    await leave(cache, { seeds: 5 });
    await leave(cache, { seeds: 1 });
    const own = (directory: string) =>
      Deno.writeTextFile(seedPathsOf(directory, 2).record, "its own");
    const { taken, files } = await take(cache, 3, own);
    assertEquals(taken, [1, 3]);
    assertEquals(files["seed-1.json"], "a record 1 of 5");
    assertEquals(files["seed-2.json"], "its own");
    assertEquals(files["seed-4.json"], undefined);
  });
});

Deno.test("takeEarlierSeeds() passes over other trainings, unfinished and damaged ones", async () => {
  await withCache(async (cache) => {
    await leave(cache, { family: "b", seeds: 2 });
    await leave(cache, { seeds: 4, finished: false });
    const damaged = await leave(cache, { seeds: 3 });
    await Deno.writeTextFile(seedPathsOf(damaged, 1).sparse, "cut");
    assertEquals(await take(cache, 2), { taken: [], files: {} });
  });
});

Deno.test("takeEarlierSeeds() names the file that cannot be written", async () => {
  await withCache(async (cache) => {
    await leave(cache, { seeds: 1 });
    const { message } = await assertRejects(
      () => take(cache, 2, (directory) => Deno.mkdir(seedPathsOf(directory, 1).log)),
      EnvironmentError,
    );
    assertEquals(message.startsWith("Cannot copy a trained seed to "), true);
    assertEquals(message.includes("log-1.jsonl"), true);
  });
});
