import { assert, assertEquals } from "@std/assert";
import {
  buildCifarResNet,
  buildNumentaCnn,
  cifarResNetConfigs,
  numentaCnnConfigs,
} from "../../../models/mod.ts";
import { planLayers } from "../fuse.ts";
import { createLayout } from "../layout.ts";
import { type InterleavedPlan, planInterleaved } from "./interleaved.ts";

const gsc = numentaCnnConfigs.find(({ name }) => name === "gsc-cnn")!;

function planOf(batch: number, config = { ...gsc, channels: [12, 5] }): InterleavedPlan | null {
  const { images } = planLayers(buildNumentaCnn(config, { batch }));
  return planInterleaved(images, createLayout(), {
    target: "avx512",
    unpruned: false,
    form: null,
    batch,
  });
}

Deno.test("planInterleaved() wants lanes that are images for the most part", () => {
  assertEquals([1, 11, 12, 16, 20, 24].map((batch) => planOf(batch)?.count ?? 0), [
    0,
    0,
    1,
    1,
    0,
    2,
  ]);
});

Deno.test("planInterleaved() pools sums in the kernel where its input stays cached", () => {
  const { steps } = planOf(16)!;
  assertEquals(steps.map(({ kind }) => kind), ["load", "convolution", "convolution", "features"]);
  const [, first] = steps;
  assert(first?.kind === "convolution" && first.pool === null);
  assertEquals(first.groups.map(({ planned }) => planned.pool), [[2, 2]]);
  assertEquals(first.out.size, [14, 14]);
});

Deno.test("planInterleaved() pools channels group by group where there are many inputs", () => {
  const { steps, layoutOf, setBytes, buffer } = planOf(16, { ...gsc, channels: [64, 90] })!;
  const [, , second] = steps;
  assert(second?.kind === "convolution" && second.pool !== null);
  assertEquals(second.groups.map((group) => group.first), [0, 36, 72]);
  assertEquals(second.groups.length, second.pool.tables.length);
  assertEquals(second.out, second.pool.layer.out);
  // the buffer holds a group, not the whole output
  assert(setBytes - buffer < 4 * 10 * 10 * 16 * second.layer.out.channels);
  assertEquals(layoutOf(second.layer.out).size, [10, 10 * 16]);
});

Deno.test("planInterleaved() leaves networks with pads, residuals or large maps to planes", () => {
  const cifar = { ...cifarResNetConfigs.resnet20, blocks: 1, width: 4 };
  const { images } = planLayers(buildCifarResNet(cifar, { batch: 16 }));
  const options = { target: "avx512", unpruned: false, form: null, batch: 16 } as const;
  assertEquals(planInterleaved(images, createLayout(), options), null);
  assertEquals(planOf(16, { ...gsc, image: 128, channels: [32, 32] }), null);
});
