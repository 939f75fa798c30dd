import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import type { Room } from "../datasets/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import { trainingMemory } from "../training/mod.ts";
import type { TrainJob } from "./train_jobs.ts";
import { planTraining } from "./train_plan.ts";
import { checkRoom } from "./train_room.ts";

const recipe = await findRecipe("bert-mini-4x1-sst2");
const plan = await planTraining({
  ...{ recipe, profile: "quick", data: null, seeds: null, trainExamples: null } as const,
});
const jobs: readonly TrainJob[] = [1, 2, 3].map((seed) => ({ plan, seed, directory: "/d" }));

function room(disk: number | null, memory: number | null): Room {
  return { freeDisk: () => Promise.resolve(disk), freeMemory: () => memory };
}

async function refusal(
  given: readonly TrainJob[],
  sideBySide: number,
  there: Room,
): Promise<EnvironmentError> {
  return await assertRejects(() => checkRoom(given, sideBySide, there), EnvironmentError);
}

Deno.test("checkRoom() wants disk for the files of all seeds", async () => {
  const { files } = trainingMemory(recipe, "quick", plan.task);
  await checkRoom(jobs, 2, room(3.2 * files, null));
  const { message, remedy } = await refusal(jobs, 2, room(2.8 * files, null));
  assertStringIncludes(message, "Cannot write the models of bert-mini-4x1-sst2: /d has ");
  assertEquals(remedy, "free disk space, then run the same command again");
});

Deno.test("checkRoom() wants memory for the seeds that train side by side", async () => {
  const { tensors, tables } = trainingMemory(recipe, "quick", plan.task);
  const seed = 200e6 + tensors + tables;
  await checkRoom(jobs, 2, room(null, 2.2 * seed));
  const { message, remedy } = await refusal(jobs, 2, room(null, 2 * seed));
  assertStringIncludes(message, "Cannot train bert-mini-4x1-sst2: 2 seeds side by side take at le");
  assertEquals(remedy, "--seeds 1, or close other programs");
  // No more run at once than there are.
  await checkRoom(jobs.slice(0, 1), 8, room(null, 1.2 * seed));
  const alone = await refusal(jobs.slice(0, 1), 8, room(null, seed));
  assertStringIncludes(alone.message, "a seed takes at least");
  assertStringIncludes(alone.remedy!, "close other programs, then run");
});

Deno.test("checkRoom() asks for nothing where nothing is to be trained, or nothing is known", async () => {
  await checkRoom([], 2, room(0, 0));
  await checkRoom(jobs, 2, room(null, null));
});
