import { assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { dataDirectory } from "../core/mod.ts";
import { drawTasks, layerCell } from "./layer_spec.ts";
import { publishedMasks } from "./published_masks.ts";

Deno.test("publishedMasks() lists the files below dlmc with the sizes in their first lines", async () => {
  const data = await Deno.makeTempDir();
  try {
    assertEquals(publishedMasks(data), []);
    await Deno.mkdir(join(data, "dlmc/net"), { recursive: true });
    await Deno.writeTextFile(join(data, "dlmc/net/b.smtx"), "2, 4, 3\n0 2 3\n1 3 0\n");
    await Deno.writeTextFile(join(data, "dlmc/net/notes.txt"), "no mask");
    const [{ layer }, ...others] = publishedMasks(data) as [ReturnType<typeof publishedMasks>[0]];
    assertEquals(others, []);
    assertEquals(layerCell(layer), "f32 unstructured 0.63 2x4x384 mask=net/b");
    const [task] = await drawTasks(layer);
    assertEquals(Array.from(task!.weights, (weight) => Number(weight !== 0)), [
      ...[0, 1, 0, 1],
      ...[1, 0, 0, 0],
    ]);
    await Deno.writeTextFile(join(data, "dlmc/net/c.smtx"), "nothing");
    assertThrows(() => publishedMasks(data), SyntaxError, 'c.smtx: "nothing"');
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

const data = dataDirectory();
Deno.test({
  name: `publishedMasks() reads the collection${data === null ? ": skipped, no data" : ""}`,
  ignore: data === null,
  fn: () => {
    const cells = publishedMasks(data).map(({ layer }) => layerCell(layer));
    assertEquals(new Set(cells).size, cells.length);
    const figures = publishedMasks(data).filter(({ goals }) => goals !== undefined);
    assertEquals(figures.map(({ layer }) => layer.sparsity), figures.map(() => 0.9));
    assertEquals(figures.length > 0, true);
    assertEquals(cells.some((cell) => cell.startsWith("f32 unstructured 0.9 2048x512x384")), true);
  },
});
