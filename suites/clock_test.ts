import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { clockStepNs, SYSTEM_CLOCK } from "./clock.ts";

Deno.test("clockStepNs() finds the smallest step of a clock", () => {
  let reads = 0;
  // Moves 250 ns at every third read.
  const clock = { now: (): number => Math.floor(reads++ / 3) * 250 };
  assertEquals(clockStepNs(clock), 250);
});

Deno.test("SYSTEM_CLOCK counts nanoseconds", async () => {
  const start = SYSTEM_CLOCK.now();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const elapsed = SYSTEM_CLOCK.now() - start;
  assertGreater(elapsed, 15e6);
  assertLess(elapsed, 5e9);
});
