import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { LayerDispatch } from "../engines/mod.ts";
import type { MachinePeaks } from "../results/mod.ts";
import { networkRoofline } from "./network_roofline.ts";
import type { ProductTraffic } from "./network_traffic.ts";

const peaks: MachinePeaks = {
  target: "avx512",
  threads: 1,
  gflops: [100],
  gops: [],
  reads: [{ sizeBytes: 1024, gbps: [50] }, { sizeBytes: 2 ** 30, gbps: [50] }],
};
const product = (layer: string, changes: Partial<ProductTraffic>): ProductTraffic => ({
  layer,
  macs: 0,
  weightBytes: 0,
  activationBytes: 0,
  ...changes,
});
const skipping = (layer: string, skipped: number | null): LayerDispatch => ({
  layer,
  kernel: "spmm",
  sparsity: skipped,
  skipped,
  reason: "test",
  macsDone: 0,
  macsDense: 0,
});

Deno.test("networkRoofline() takes arithmetic or bytes of each product, whichever is longer", () => {
  const products = [
    product("compute", { macs: 50_000, weightBytes: 50 }), // 1000 ns, 1 ns
    product("memory", { macs: 50, weightBytes: 5000, activationBytes: 5000 }), // 1 ns, 200 ns
  ];
  const input = { products, dispatch: [], peaks, measuredNs: 2400 };
  const { subjectNs, denseNs, ceiling, attained } = networkRoofline(input);
  assertEquals([subjectNs, denseNs, ceiling], [1200, 1200, 1]);
  assertAlmostEquals(attained, 0.5);
});

Deno.test("networkRoofline() lets skipping save arithmetic and weights, not activations", () => {
  const products = [
    product("compute", { macs: 50_000 }),
    product("memory", { weightBytes: 5000, activationBytes: 5000 }),
    product("attention", { macs: 5000 }),
  ];
  const dispatch = [skipping("compute", 0.9), skipping("memory", 0.9), skipping("attention", null)];
  const { subjectNs, denseNs, ceiling } = networkRoofline({
    products,
    dispatch,
    peaks,
    measuredNs: 1,
  });
  assertEquals([subjectNs, denseNs], [100 + 110 + 100, 1000 + 200 + 100]);
  assertAlmostEquals(ceiling, 1300 / 310);
});
