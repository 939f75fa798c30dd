import { assert, assertEquals } from "@std/assert";
import { buildResNet, resNetConfigs } from "../../../models/mod.ts";
import { planLayers } from "../fuse.ts";
import { cutImages } from "./chunks.ts";
import { type ImageValue, readBy, writtenBy } from "./layers.ts";
import { layOutImages } from "./layouts.ts";
import { planImageMemory } from "./memory.ts";

const small = { width: 4, image: 32, classes: 5, blocks: [2, 2], groupWidth: 64 };
const plan = planLayers(buildResNet({ ...resNetConfigs.resnet50, ...small }, { batch: 7 })).images;
const windows = plan.layers.filter((layer) =>
  layer.kind === "convolution" || layer.kind === "pool"
);

Deno.test("layOutImages() lets windows that do not step read in place, with pads that are clean", () => {
  const layouts = layOutImages(plan, 1);
  for (const layer of windows) {
    const steps = layer.window.stride[0] > 1 || plan.inputs.has(layer.x);
    assertEquals(layouts.copyOf(layer) !== null, steps, layer.out.name);
    const { pads } = layouts.copyOf(layer) ?? layouts.of(layer.x);
    for (const side of ["top", "left", "bottom", "right"] as const) {
      assert(pads[side] >= layer.window.reach[side], layer.out.name);
    }
    const padded = Object.values(layer.window.reach).some((pad) => pad > 0);
    if (!steps && padded) assert(layouts.hasCleanPads(layer.x), layer.x.name);
  }
});

Deno.test("layOutImages() lays a window's output in rows as far apart as what it reads", () => {
  for (const images of [1, 3]) {
    const layouts = layOutImages(plan, images);
    for (const layer of windows) {
      const read = layouts.copyOf(layer) ?? layouts.of(layer.x);
      const { rowCells, imageRows } = layouts.of(layer.out);
      assertEquals([rowCells, imageRows], [read.rowCells, read.imageRows], layer.out.name);
    }
  }
});

Deno.test("layOutImages() lays a residual as the output that it is added to", () => {
  const layouts = layOutImages(plan, 2);
  const residuals = windows.filter((layer) => layer.kind === "convolution" && layer.residual);
  assertEquals(residuals.length, 4);
  for (const layer of residuals) {
    if (layer.kind !== "convolution") continue;
    assertEquals(layouts.of(layer.residual!), layouts.of(layer.out));
  }
});

Deno.test("planImageMemory() never lets values share memory that are needed at once", () => {
  const layouts = layOutImages(plan, 2);
  const memory = planImageMemory(plan, layouts);
  const values = plan.layers.flatMap((layer) => writtenBy(layer) ?? []);
  const spans = values.map((value) => {
    const first = plan.layers.findIndex((layer) => writtenBy(layer) === value);
    const last = plan.layers.findLastIndex((layer) => readBy(layer).includes(value));
    const at = memory.values.get(value)!;
    const layout = layouts.of(value as Parameters<typeof layouts.of>[0]);
    const cells = layout.channels * layout.viewCells;
    return { value, first, last, at, end: at + 4 * cells };
  });
  spans.forEach((a, i) =>
    spans.slice(i + 1).forEach((b) => {
      const together = a.first <= b.last && b.first <= a.last;
      if (a.last === b.first && a.value === residualAt(b.first)) return assertEquals(a.at, b.at);
      assert(!together || a.end <= b.at || b.end <= a.at, `${a.value.name}, ${b.value.name}`);
    })
  );
  const all = spans.reduce((sum, { at, end }) => sum + end - at, 0);
  const copied = [...memory.copies.keys()].reduce((sum, layer) => {
    const { channels, views, viewCells } = layouts.copyOf(layer)!;
    return sum + 4 * channels * views.length * viewCells;
  }, 0);
  assert(memory.sizeBytes < 0.8 * (all + copied), `${memory.sizeBytes} of ${all + copied} bytes`);
});

/** The residual of the layer at a position. */
function residualAt(at: number): ImageValue | null {
  const layer = plan.layers[at]!;
  return layer.kind === "convolution" ? layer.residual : null;
}

Deno.test("planImageMemory() puts a sum over its residual if nobody reads that again", () => {
  const { values } = planImageMemory(plan, layOutImages(plan, 2));
  const residuals = windows.filter((layer) => layer.kind === "convolution" && layer.residual);
  for (const layer of residuals) {
    if (layer.kind !== "convolution") continue;
    assertEquals(values.get(layer.out), values.get(layer.residual!), layer.out.name);
  }
});

Deno.test("planImageMemory() gives copies with pads a place of their own", () => {
  const layouts = layOutImages(plan, 1);
  const { copies, values } = planImageMemory(plan, layouts);
  for (const [layer, at] of copies) {
    const copy = layouts.copyOf(layer)!;
    if (!Object.values(copy.pads).some((pad) => pad > 0)) continue;
    const end = at + 4 * copy.channels * copy.views.length * copy.viewCells;
    const inside = [...values.values()].filter((other) => other >= at && other < end);
    assertEquals(inside, [], layer.out.name);
  }
});

Deno.test("cutImages() cuts a batch evenly, by what stays in the cache", () => {
  const { layouts, memory, count } = cutImages(plan, 7, 2);
  assert(layouts.images * count >= 7 && layouts.images * (count - 1) < 7);
  assert(memory.sizeBytes <= 512 * 1024);
  const large = planLayers(
    buildResNet({ ...resNetConfigs.resnet34, width: 4, blocks: [1], image: 448 }, { batch: 3 }),
  ).images;
  assertEquals(cutImages(large, 3, 2).count, 3);
});
