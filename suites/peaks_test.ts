import { assert, assertEquals } from "@std/assert";
import { kernelSupport } from "../kernels/mod.ts";
import { measurePeaks } from "./peaks.ts";
import { SYSTEM_CLOCK } from "./clock.ts";

const { targets } = kernelSupport();

Deno.test("measurePeaks() finds rates of the right order, faster from a cache than from memory", async () => {
  const peaks = await measurePeaks("wasm", 1, SYSTEM_CLOCK);
  assert(peaks !== null);
  assertEquals(peaks.target, targets.find((target) => target.startsWith("wasm")));
  // Any processor with SIMD does more than 1 GFLOP/s, and none more than 1,000 in 128 bits.
  assert(peaks.gflops > 1 && peaks.gflops < 1000, String(peaks.gflops));
  const rates = peaks.reads.map(({ gbps }) => gbps);
  assert(rates.every((rate) => rate > 0.5 && rate < 1000), String(rates));
  const sizes = peaks.reads.map(({ sizeBytes }) => sizeBytes);
  assertEquals(sizes, sizes.toSorted((a, b) => a - b));
});
