import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRandom, drawMask, parsePattern } from "../../core/mod.ts";
import { proveLayer, randomLinear } from "../conformance/prove_layer.ts";
import { TARGETS } from "../machine.ts";
import { kernelSupport, openBackend } from "../open.ts";
import { type FormTask, LINEAR_FORMS } from "./form_costs.ts";
import { chooseForm, prepareLinear } from "./linear.ts";

const ARENA_BYTES = 1 << 22;
const [fastest = "wasm"] = kernelSupport().targets;

function sparse(name: string, sparsity: number, size = 256): Omit<FormTask, "lanes"> {
  const pattern = parsePattern(name);
  const { kept } = drawMask(createRandom(name), size, size, pattern, sparsity);
  return { weights: Float32Array.from(kept), rows: size, cols: size, pattern };
}

Deno.test("prepareLinear() computes the same in every form, and in the one it chooses", async () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const random = createRandom(1);
  for (const name of ["dense", "unstructured", "2x1", "4x1", "16x1", "2:4"]) {
    for (const form of [...LINEAR_FORMS, undefined]) {
      const linear = randomLinear(random, parsePattern(name), 35, 20, 3);
      const layer = prepareLinear(backend, { ...linear, ...form && { form }, post: "relu" });
      await proveLayer(backend, layer, random, { ...linear, post: "relu" });
    }
  }
});

Deno.test("chooseForm() takes blocks of rows for few tokens and panels for many, on every target", () => {
  for (const target of TARGETS) {
    const blocks = sparse("16x1", 0.9);
    assertEquals(chooseForm({ ...blocks, lanes: 1 }, target).form, "broadcast", target);
    assertEquals(chooseForm({ ...blocks, lanes: 512 }, target).form, "panel", target);
  }
});

Deno.test("chooseForm() looks up balanced partitions for one token where registers have 16 lanes", () => {
  const task = sparse("partitioned-xy-1:16", 0);
  assertEquals(chooseForm({ ...task, lanes: 1 }, "avx512").form, "permute");
});

Deno.test("chooseForm() adds up long runs of inputs for one token", () => {
  for (const target of TARGETS) {
    assertEquals(
      chooseForm({ ...sparse("1x16", 0.9, 1024), lanes: 1 }, target).form,
      "dot",
      target,
    );
  }
});

Deno.test("chooseForm() predicts costs that grow with tokens and weights", () => {
  for (const target of TARGETS) {
    for (const form of LINEAR_FORMS) {
      const cost = (sparsity: number, lanes: number): number =>
        chooseForm({ ...sparse("4x1", sparsity), lanes }, target).costs[form];
      assert(cost(0.5, 1) > cost(0.9, 1), `${form} on ${target}`);
      assert(cost(0.9, 64) > cost(0.9, 1), `${form} on ${target}`);
    }
  }
});

Deno.test("prepareLinear() keeps to forms that can read its input, and says why", () => {
  using backend = openBackend({ target: fastest, arenaBytes: ARENA_BYTES });
  const task = sparse("unstructured", 0.9, 64);
  const rows = prepareLinear(backend, { ...task, lanes: 20, form: "broadcast" });
  assertEquals(rows.output.layout, "rows");
  assert(rows.reason.endsWith("broadcast, as asked"));
  const after = prepareLinear(backend, { ...task, lanes: 20, input: rows.output });
  assertEquals(after.input.layout, "rows");
  const panels = prepareLinear(backend, { ...task, lanes: 1, form: "panel" });
  const last = prepareLinear(backend, { ...task, lanes: 1, input: panels.output });
  assert(last.reason.endsWith("panel, the only form that fits"), last.reason);
  assertThrows(
    () => prepareLinear(backend, { ...task, lanes: 1, form: "permute", residual: panels.output }),
    RangeError,
    "a residual in form permute, expected form panel",
  );
});
