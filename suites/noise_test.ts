import { assert, assertGreater } from "@std/assert";
import { measureNoise } from "./noise.ts";

Deno.test("measureNoise() finds a floor and the step of the clock", async () => {
  const { floor, stepNs } = await measureNoise();
  assert(Number.isFinite(floor) && floor >= 0, `${floor}`);
  assertGreater(stepNs, 0);
});
