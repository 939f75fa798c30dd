import { assertEquals, assertMatch } from "@std/assert";
import { networkGroups, networkSweeps } from "../../results/mod.ts";
import { sampleNetworksResult, sampleSweepResult } from "../sample_networks.ts";
import { drawnRatios, sweepTitle } from "./network_sweep.ts";
import { networkRows, networksTitle, networkTitle, spokenComparisons } from "./networks.ts";

const GROUPS = networkGroups(sampleNetworksResult());

Deno.test("spokenComparisons() takes one batch of each network, one tier, sparse engines first", () => {
  const spoken = spokenComparisons(GROUPS, { tier: "native", threads: 2 });
  assertEquals(spoken.length, 2 * GROUPS.length);
  assertEquals(new Set(spoken.map(({ threads }) => threads)), new Set([2]));
  assertEquals(new Set(spoken.map(({ baseline }) => baseline)), new Set(["onnxruntime-node"]));
  const subjects = spoken.map(({ subject }) => subject);
  assertEquals(
    subjects.lastIndexOf("skipzero-native") + 1,
    subjects.indexOf("skipzero-native-dense"),
  );
});

Deno.test("networkRows() stand under their pair of engines and are named by what differs", () => {
  const rows = networkRows(spokenComparisons(GROUPS, { tier: "wasm", threads: 1 }));
  assertEquals([...new Set(rows.map(({ group }) => group))], [
    "skipzero-wasm / onnxruntime-web",
    "skipzero-wasm-dense / onnxruntime-web",
  ]);
  assertEquals(rows.some(({ label }) => label === "bert-mini 4x1 0.9 batch 32 seq 128"), true);
  assertEquals(rows.filter(({ tone }) => tone === "sparse").every(({ ceiling }) => ceiling), true);
});

Deno.test("networksTitle() says how many and how fast", () => {
  const spoken = spokenComparisons(GROUPS, { tier: "native", threads: 1 });
  assertMatch(
    networksTitle(spoken).replaceAll("\u00a0", " "),
    /^10 of 10 sparse networks run \d\.\d+x to \d+\.\dx as fast as onnxruntime-node, 1 thread$/,
  );
  assertEquals(networksTitle([]), "No network was compared");
});

Deno.test("networkTitle() names pattern, zeros and tokens", () => {
  const [group] = GROUPS;
  assertEquals(networkTitle(group!).replaceAll("\u00a0", " "), "bert-large, 2x1 at 70 %, seq 384");
});

Deno.test("sweepTitle() gives the range of the sparse engine over ONNX Runtime of its tier", () => {
  const [sweep] = networkSweeps(sampleSweepResult(), "batch", 4);
  assertEquals(drawnRatios(sweep!).length, 4, "sparse and dense, in both tiers");
  assertMatch(
    sweepTitle(sweep!),
    /^skipzero-native runs [\d.]+x to [\d.]+x as fast as onnxruntime-node, most at batch \d+$/,
  );
  assertEquals(sweepTitle({ ...sweep!, ratios: [] }), "no engine that skips zeros was compared");
});
