/**
 * Whether seeds that train side by side fit into memory and onto the disk, before hours are spent on them.
 *
 * @module
 */
import { EnvironmentError, gigabytes } from "../core/mod.ts";
import { checkDisk, type Room, THIS_MACHINE } from "../datasets/mod.ts";
import { trainingMemory } from "../training/mod.ts";
import type { TrainJob } from "./train_jobs.ts";

/** Deno, tfjs and compiled kernels, before anything is trained. */
const PROCESS_BYTES = 200e6;

/** Some memory is left to others, since what is free now may not be in a minute. */
const USABLE = 0.95;

/**
 * Checks that there is room for the trainings. What cannot be asked of the system is not checked.
 *
 * @param sideBySide Seeds at once.
 * @throws {EnvironmentError} If they take more memory than is free, or their files more than the disk has left.
 */
export async function checkRoom(
  jobs: readonly TrainJob[],
  sideBySide: number,
  room: Room = THIS_MACHINE,
): Promise<void> {
  const [first] = jobs;
  if (first === undefined) return;
  const plans = [...new Set(jobs.map(({ plan }) => plan))];
  const needs = plans.map((plan) => {
    const { recipe, profile, task } = plan;
    return {
      ...trainingMemory(recipe, profile, task),
      seeds: jobs.filter((job) => job.plan === plan).length,
    };
  });
  const files = needs.reduce((sum, { files, seeds }) => sum + seeds * files, 0);
  const names = [...new Set(plans.map(({ recipe }) => recipe.name))].join(", ");
  await checkDisk(
    `the models of ${names}`,
    first.directory,
    files,
    room,
    "free disk space, then run the same command again",
  );
  const largest = Math.max(...needs.map(({ tensors, tables, sums }) => tensors + tables + sums));
  const seeds = Math.min(sideBySide, jobs.length);
  const bytes = seeds * (PROCESS_BYTES + largest);
  const free = room.freeMemory();
  if (free === null || bytes <= USABLE * free) return;
  throw new EnvironmentError(
    `Cannot train ${names}: ${
      seeds === 1 ? "a seed takes" : `${seeds} seeds side by side take`
    } at least ${gigabytes(bytes)}, expected at most ${
      gigabytes(USABLE * free)
    } of the memory that is free`,
    {
      remedy: seeds === 1
        ? "close other programs, then run the same command again"
        : "--seeds 1, or close other programs",
    },
  );
}
