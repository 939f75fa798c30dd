import { assertEquals, assertStringIncludes } from "@std/assert";
import type { LayerDispatch } from "../engines/mod.ts";
import { dispatchWarnings } from "./dispatch_warnings.ts";
import type { Entrant } from "./job.ts";
import { networkCells } from "./network_cells.ts";
import { findNetwork } from "./network_figures.ts";
import type { GroupAnswers } from "./run_suite.ts";

const network = findNetwork({ name: "gsc-cnn", pattern: "unstructured", sparsity: 0.9 }, []);
const [cell] = networkCells(
  [{ network, batch: 1, threads: 1, tiers: ["native"], tags: [] }],
  true,
);
const LAYERS = ["cnn1.weight", "cnn2.weight", "linear.weight", "output.weight"];

function answersOf(
  id: string,
  shares: readonly (readonly [sparsity: number, skipped: number])[],
  state: Entrant["state"] = "ready",
): GroupAnswers[] {
  const dispatch = shares.map(([sparsity, skipped], index): LayerDispatch => ({
    layer: LAYERS[index]!,
    kernel: "spmm",
    sparsity,
    skipped,
    reason: "by the cost model",
    macsDone: 1,
    macsDense: 1,
  }));
  const entrant: Entrant = {
    is: "entrant",
    id,
    detail: "",
    loadMs: 1,
    maxError: 0,
    checkedAgainst: "the reference",
    dispatch,
    macs: 1,
    state,
    skipped: null,
  };
  const answer = { entrants: [entrant], rounds: [], failure: null };
  return [{ cell: cell!, group: cell!.groups[0]!, answers: [answer, answer] }];
}

const sound = [[0.9, 0.9], [0.9, 0.85], [0.9, 0.9], [0, 0]] as const;

Deno.test("dispatchWarnings() has nothing to say where zeros are skipped", () => {
  assertEquals(dispatchWarnings(answersOf("skipzero-native", sound)), []);
});

Deno.test("dispatchWarnings() tells of layers that ran dense though most weights are zeros, once", () => {
  const shares = [[0.9, 0], ...sound.slice(1)] as const;
  const [warning, ...more] = dispatchWarnings(answersOf("skipzero-native", shares));
  assertEquals(more, []);
  assertStringIncludes(warning!.what, "ran 1 layer of gsc-cnn f32 unstructured 0.9 batch=1 dense");
  assertStringIncludes(
    warning!.what,
    "90.0 % of their weights are zeros: cnn1 (by the cost model)",
  );
  assertStringIncludes(warning!.remedy, "--profile-layers");
});

Deno.test("dispatchWarnings() expects dense engines to multiply zeros", () => {
  const shares = LAYERS.map(() => [0.9, 0] as const);
  assertEquals(dispatchWarnings(answersOf("skipzero-native-dense", shares)), []);
});

Deno.test("dispatchWarnings() tells of kernels that skip much less than there is", () => {
  const shares = [[0.9, 0.6], ...sound.slice(1)] as const;
  const [warning] = dispatchWarnings(answersOf("skipzero-native", shares));
  assertStringIncludes(warning!.what, "skips much less than the zeros in 1 layer");
  assertStringIncludes(warning!.what, "60.0 % of 90.0 % in cnn1");
});

Deno.test("dispatchWarnings() misses layers that an engine does not speak of, unless it failed", () => {
  const shares = sound.slice(0, 2);
  const [warning] = dispatchWarnings(answersOf("skipzero-native", shares));
  assertStringIncludes(warning!.what, "does not say which kernel runs 2 layers");
  assertStringIncludes(warning!.what, "linear, output");
  assertEquals(dispatchWarnings(answersOf("skipzero-native", shares, "failed")), []);
});
