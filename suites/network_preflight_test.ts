import { assertEquals, assertStringIncludes } from "@std/assert";
import type { AvailableMemory } from "./available_memory.ts";
import type { RaceJob } from "./job.ts";
import { denseNetwork } from "./network_figures.ts";
import { refuseJob } from "./network_preflight.ts";

function job(name: string, batch: number): RaceJob {
  return {
    kind: "race",
    cell: "test",
    work: { kind: "network", network: denseNetwork(name), batch },
    contestants: ["skipzero-native-dense", "onnxruntime-node"],
    pairs: [],
    threads: 1,
    plan: { turnNs: 1e6, blocks: 2, minRounds: 3, maxRounds: 4, budgetNs: 1e9, halfWidth: 0.01 },
    seed: "test",
    expected: null,
  };
}

const having = (gibibytes: number) => (): Promise<AvailableMemory> =>
  Promise.resolve({ bytes: gibibytes * 2 ** 30, limit: "free memory of the machine" });

Deno.test("refuseJob() lets through what fits and refuses what does not", async () => {
  assertEquals(await refuseJob(job("gsc-cnn", 1), having(1)), null);
  assertStringIncludes((await refuseJob(job("bert-large", 1), having(2)))!, "it needs about");
});

Deno.test("refuseJob() refuses runs that take minutes", async () => {
  assertStringIncludes((await refuseJob(job("bert-large", 64), having(999)))!, "one run takes");
});

Deno.test("refuseJob() has nothing to say about loops", async () => {
  const loop: RaceJob = { ...job("gsc-cnn", 1), work: { kind: "loop" } };
  assertEquals(await refuseJob(loop, having(0)), null);
});
