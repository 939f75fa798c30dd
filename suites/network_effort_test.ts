import { assert, assertEquals } from "@std/assert";
import { networkEffort, slowestRun } from "./network_effort.ts";

Deno.test("slowestRun() is shorter on more threads and longer in WebAssembly", () => {
  assertEquals(slowestRun(4e10, "native", 2), 0.5);
  assert(slowestRun(4e10, "wasm", 2) > slowestRun(4e10, "native", 2));
});

Deno.test("networkEffort() takes fewer processes for what takes longer, and rounds for an interval", () => {
  for (const quick of [true, false]) {
    const efforts = [0.01, 0.5, 5].map((seconds) => networkEffort(seconds, quick));
    const processes = efforts.map((effort) => effort.processes);
    assertEquals(processes, processes.toSorted((a, b) => b - a));
    for (const { plan } of efforts) assert(plan.minRounds >= 3);
  }
});
