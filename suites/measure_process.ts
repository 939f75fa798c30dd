/**
 * Entry of a measuring process: one job as JSON in its argument, one answer a line on standard output.
 *
 * Lines that do not start like an answer are libraries talking; the parent passes over them.
 *
 * @module
 */
import { ENGINES } from "../engines/mod.ts";
import { SYSTEM_CLOCK } from "./clock.ts";
import type { Job, Line } from "./job.ts";
import { measure } from "./measure.ts";

if (import.meta.main) {
  const job = JSON.parse(Deno.args[0] ?? "null") as Job; // written by this program's own parent process
  // Present because the parent passes --expose-gc.
  const { gc } = globalThis as { gc?: () => void };
  await measure(job, {
    findEngine: (id) => ENGINES.find((engine) => engine.id === id),
    clock: SYSTEM_CLOCK,
    measuresPeaks: true,
    emit: (line: Line): void => console.log(JSON.stringify(line)),
    ...(gc && { collectGarbage: (): void => gc() }),
  });
  // Engines' worker threads may be idle yet; nothing is left to do.
  Deno.exit(0);
}
