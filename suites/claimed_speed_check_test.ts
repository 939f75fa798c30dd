import { assertEquals, assertStringIncludes } from "@std/assert";
import { type ClaimedSpeed, findRecipe } from "../recipes/mod.ts";
import type { Comparison } from "../results/mod.ts";
import { checkClaimedSpeeds } from "./claimed_speed_check.ts";
import { type Check, type Evidence, judge } from "./verdict.ts";

const recipe = await findRecipe("gsc-cnn-unstructured95-gsc");
const claimed: ClaimedSpeed = {
  row: "over 10x",
  ratio: 10,
  bound: "over",
  scenario: "the talk",
  dtype: "unstated",
  baseline: "the dense network",
  processor: "cpu",
  hardware: "not stated",
};

function comparison(estimate: number): Comparison {
  return {
    cell: "gsc-cnn-2.1m f32 unstructured 0.95 batch=64",
    subject: "skipzero-native",
    baseline: "onnxruntime-node",
    threads: 1,
    ratio: { estimate, low: estimate - 0.1, high: estimate + 0.1 },
    ceiling: 19,
    verdict: "faster",
    noiseFloor: 0.01,
  };
}

function evidenceOf(
  change: Partial<ClaimedSpeed>,
  comparisons: readonly Comparison[],
): Evidence {
  const claim = { ...recipe.claim, speed: [{ ...claimed, ...change }] };
  return {
    recipe: { ...recipe, claim },
    profile: null,
    threads: 1,
    accuracy: null,
    sparsity: { target: 0.95, measured: 0.95, layers: [LAYER], skipped: [] },
    comparisons,
    untimed: null,
    deviations: [],
  };
}

const LAYER = { name: "linear.weight", pattern: "unstructured", sparsity: 0.95, proved: true };

function answer(change: Partial<ClaimedSpeed>, estimate: number): Check {
  return checkClaimedSpeeds(evidenceOf(change, [comparison(estimate)]))[0]!;
}

Deno.test("checkClaimedSpeeds() tells reached, spanned and missed", () => {
  assertEquals([12, 10, 8].map((ratio) => answer({}, ratio).status), ["ok", "open", "failed"]);
  assertEquals(
    answer({}, 12).text,
    "over 10x (the talk); here 12.0x [11.9, 12.1] over onnxruntime-node, reached",
  );
});

Deno.test("checkClaimedSpeeds() takes a printed figure as rounded, and over as over", () => {
  const close = { ...comparison(1.57), ratio: { estimate: 1.57, low: 1.56, high: 1.58 } };
  const check = (bound: ClaimedSpeed["bound"]) =>
    checkClaimedSpeeds(evidenceOf({ ratio: 1.6, bound }, [close]))[0]!.status;
  assertEquals([check("about"), check("over")], ["ok", "failed"]);
});

Deno.test("checkClaimedSpeeds() never fails an up-to, which promises no least", () => {
  assertEquals(answer({ bound: "up-to" }, 3).status, "unjudged");
  assertEquals(answer({ bound: "up-to" }, 11).status, "ok");
});

Deno.test("checkClaimedSpeeds() compares like only, and says what differs", () => {
  const differing: readonly (readonly [Partial<ClaimedSpeed>, string])[] = [
    [{ dtype: "int8" }, "not compared: it is of INT8 on not stated, here FP32"],
    [{ processor: "fpga" }, "not compared: it is of an FPGA (not stated)"],
    [{ batch: 1 }, "not compared: it is of batch 1, here 64"],
    [{ differs: "it is of other engines" }, "not compared: it is of other engines"],
    [{ processor: "gpu", batch: 1 }, "it is of a GPU (not stated) and it is of batch 1, here 64"],
  ];
  for (const [change, words] of differing) {
    const check = answer(change, 12);
    assertEquals(check.status, "unjudged");
    assertStringIncludes(check.text, words);
  }
  assertEquals(answer({ dtype: "f32", batch: 64 }, 12).status, "ok");
});

Deno.test("judge() contradicts no claim for a speed-up that this engine does not reach here", () => {
  const verdict = judge(evidenceOf({}, [comparison(8)]));
  assertEquals(verdict.outcome, "inconclusive");
  assertEquals(
    verdict.reasons[0],
    "the claimed speed outside the tolerance in this run, which trains nothing",
  );
  assertEquals(judge(evidenceOf({}, [comparison(12)])).outcome, "partial");
});

Deno.test("judge() says that the speed of DLRM is of INT8 on other hardware", async () => {
  const dlrm = await findRecipe("dlrm-4x16-criteo");
  const texts = checkClaimedSpeeds({ ...evidenceOf({}, []), recipe: dlrm }).map(({ text }) => text);
  assertEquals(texts.length, 3);
  assertEquals(
    texts[0]!,
    "1.6x (MLPerf offline); not compared: " +
      "it is of INT8 on two Xeon Platinum 8380 (Ice Lake, 80 cores), here FP32",
  );
});
