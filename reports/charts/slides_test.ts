import { assert, assertEquals, assertMatch } from "@std/assert";
import { frontiers, networkGroups, networkSweeps } from "../../results/mod.ts";
import { sampleNetworksResult } from "../sample_networks.ts";
import { engineRates, engineRows, engineTitle } from "./engine_rates.ts";
import { claimName, frontierSpec, frontierTitle } from "./frontier.ts";
import { familySpeedupSpec, familyTitle, sparsityFamilies } from "./sparsity_family.ts";
import { WIDE } from "./theme.ts";

const RESULT = sampleNetworksResult();

function spoken(text: string): string {
  return text.replaceAll("\u00a0", " ");
}

Deno.test("engineRates() takes each engine at its best batch, the fastest first", () => {
  const speech = networkGroups(RESULT).find(({ network }) => network.network === "gsc-cnn-2.1m")!;
  const rates = engineRates(speech.measurements);
  assertEquals(rates.length, 13, "tfjs ran on one thread only");
  const rows = engineRows(rates);
  assertEquals([...new Set(rows.map(({ group }) => spoken(group)))], [
    "1 thread",
    "2 threads, the full chip",
  ]);
  const [first, second] = rates.map(({ rate }) => rate.estimate);
  assert(first! >= second!);
  assertEquals(rates[0]!.batch, 64);
  assertMatch(
    spoken(engineTitle(rates)),
    /^skipzero-native does \d+ items a second on 2 threads, onnxruntime-node \d+$/,
  );
});

Deno.test("sparsityFamilies() gather what differs in sparsity only", () => {
  const families = sparsityFamilies(networkSweeps(RESULT, "batch", 3));
  assertEquals(
    families.map((family) => family.map(({ network }) => [network.network, network.sparsity])),
    Array(2).fill([["resnet50", 0.5], ["resnet50", 0.75], ["resnet50", 0.98]]),
    "on one thread and on two",
  );
  assertMatch(
    spoken(familyTitle(families[0]!)),
    /^98 % zeros give [\d.]+x to [\d.]+x over dense, 50 % zeros [\d.]+x to [\d.]+x$/,
  );
  const text = JSON.stringify(familySpeedupSpec(families[0]!, WIDE));
  assertEquals(text.match(/"strokeDash":\[3,2\]/g)?.length, 3, "a ceiling for each sparsity");
});

Deno.test("frontiers() put claims of one data set together, each once", () => {
  const [frontier, ...others] = frontiers(RESULT);
  assertEquals(others, []);
  assertEquals([frontier!.dataset, frontier!.metric], ["squad", "f1"]);
  assertEquals(frontier!.claims.map((claim) => spoken(claimName(claim))), [
    "bert-large 2x1 70 %",
    "bert-large 4x1 80 %",
    "bert-mini 4x1 90 %",
  ]);
  for (const { dense, sparse, threads } of frontier!.claims) {
    assertEquals([dense.engine, sparse.engine, threads], [
      "onnxruntime-node",
      "skipzero-native",
      1,
    ]);
  }
  assertEquals(frontiers({ ...RESULT, published: RESULT.published!.slice(0, 1) }), []);
});

Deno.test("frontierSpec() draws published accuracies as hollow diamonds, measured speeds as whiskers", () => {
  const { claims } = frontiers(RESULT)[0]!;
  // Every layer of such a chart has a mark.
  const { layer } = frontierSpec(claims, "F1", WIDE) as unknown as {
    layer: readonly { mark: Readonly<Record<string, unknown>> }[];
  };
  const points = layer.filter(({ mark }) => mark.type === "point");
  assertEquals(points.length, 6);
  assert(points.every(({ mark }) => mark.shape === "diamond" && mark.filled === false));
  assertEquals(layer.filter(({ mark }) => mark.type === "rule").length, 6);
});

Deno.test("frontierTitle() names the claim that gains most, and its price", () => {
  const [frontier] = frontiers(RESULT);
  assertMatch(
    spoken(frontierTitle(frontier!.claims, "F1")),
    /^For 0\.60 points of F1 bert-mini 4x1 90 % does [\d.]+x as many items a second$/,
  );
});
