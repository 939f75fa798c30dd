import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Line, RaceJob } from "./job.ts";
import { JobFailure, launchProcess } from "./launch.ts";

const job: RaceJob = {
  kind: "race",
  cell: "test",
  work: { kind: "loop" },
  contestants: ["loop 1000", "loop 2000"],
  pairs: [],
  threads: 1,
  plan: { turnNs: 1e6, blocks: 2, minRounds: 2, maxRounds: 2, budgetNs: 1e9, halfWidth: 0.01 },
  seed: "test",
  expected: null,
};

async function collect(asked: RaceJob, signal = new AbortController().signal): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of launchProcess(asked, signal)) lines.push(line);
  return lines;
}

Deno.test("launchProcess() runs a job in a process and gives its lines", async () => {
  const lines = await collect(job);
  assertEquals(lines.map(({ is }) => is), ["entrant", "entrant", "round", "round"]);
});

Deno.test("launchProcess() fails with the last words of a process that crashes", async () => {
  const broken = { ...job, plan: null } as unknown as RaceJob; // no process of this program asks so
  const error = await assertRejects(() => collect(broken), JobFailure);
  assertStringIncludes(error.message, "the process ended with code 1: TypeError: Cannot ");
});

Deno.test("launchProcess() ends the process if the run is interrupted", async () => {
  const plan = { ...job.plan, minRounds: 1e6, maxRounds: 1e6 };
  const control = new AbortController();
  setTimeout(() => control.abort(new Error("Interrupted")), 1500);
  const error = await assertRejects(() => collect({ ...job, plan }, control.signal));
  assertEquals(error.message, "Interrupted");
});
