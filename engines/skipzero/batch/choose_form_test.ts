import { assert, assertEquals } from "@std/assert";
import { applyMask, createRandom, drawMask, parsePattern } from "../../../core/mod.ts";
import { maskRows } from "../../../kernels/mod.ts";
import { type BatchChoice, type BatchChoiceOptions, chooseBatchForm } from "./choose_form.ts";

const SIZE = 256;

function choose(
  pattern: string,
  sparsity: number,
  options: Partial<BatchChoiceOptions> = {},
): BatchChoice {
  const random = createRandom(1);
  const weights = Float32Array.from({ length: SIZE * SIZE }, () => random.normal());
  applyMask(weights, drawMask(random, SIZE, SIZE, parsePattern(pattern), sparsity));
  return chooseBatchForm(weights, maskRows(weights, SIZE, SIZE), {
    target: "avx512",
    batch: 1,
    threads: 1,
    panelLanes: 16,
    allowRows: true,
    form: null,
    ...options,
  });
}

Deno.test("chooseBatchForm() reads each weight once for one item", () => {
  const choice = choose("dlrm-4x16", 0.85);
  assertEquals([choice.form, choice.pattern], ["broadcast", parsePattern("16x1")]);
  assertEquals(choose("unstructured", 0.9).form, "permute");
});

Deno.test("chooseBatchForm() shares each weight among items that fill panels", () => {
  for (const batch of [33, 64, 2048]) {
    const choice = choose("dlrm-4x16", 0.85, { batch, panelLanes: 64 });
    assertEquals([choice.form, choice.pattern], ["panel", parsePattern("16x1")]);
  }
});

Deno.test("chooseBatchForm() keeps panels where a layer needs them", () => {
  assertEquals(choose("dlrm-4x16", 0.85, { allowRows: false }).form, "panel");
});

Deno.test("chooseBatchForm() skips nothing if it is told so, but chooses the dense form", () => {
  const choice = choose("dlrm-4x16", 0.85, { unpruned: true });
  assertEquals(choice.pattern, { kind: "dense" });
  assert(choice.form !== "panel", choice.reason);
  assertEquals(choose("dlrm-4x16", 0.85, { unpruned: true, batch: 64 }).form, "panel");
});

Deno.test("chooseBatchForm() packs the pattern that is asked for in some form", () => {
  const form = parsePattern("2x1");
  for (const batch of [1, 64]) assertEquals(choose("4x1", 0.9, { form, batch }).pattern, form);
});

Deno.test("chooseBatchForm() finds few zeros not worth skipping", () => {
  assertEquals(choose("unstructured", 0.05).pattern, { kind: "dense" });
});

Deno.test("chooseBatchForm() says what it weighed", () => {
  const { reason, costs } = choose("dlrm-4x16", 0.85);
  assert(/^85\.\d % zeros, 1 item: 16x1 in form broadcast, predicted \d/.test(reason), reason);
  assert(/x as fast as permute/.test(reason) && /x as fast as panel/.test(reason), reason);
  assertEquals(Object.keys(costs).toSorted(), ["broadcast", "dot", "panel", "permute"]);
});
