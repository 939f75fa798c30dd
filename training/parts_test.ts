import { assertEquals, assertStrictEquals } from "@std/assert";
import { evenPart, partOf, shareOf, weighted } from "./parts.ts";
import type { TaskBatch } from "./task.ts";

Deno.test("evenPart() prefers whole lanes, then as few and as even parts as fit", () => {
  const part = (batch: number, most: number) => evenPart(batch, (examples) => examples <= most);
  assertEquals(part(128, 47), 32);
  assertEquals(part(40, 32), 32); // 20 would leave lanes empty
  assertEquals(part(32, 15), 11);
  assertEquals(part(32, 11), 11);
  assertEquals(part(7, 1), 1);
  assertEquals(part(7, 0), null);
});

Deno.test("partOf() cuts along the axis of the examples and knows its batch", () => {
  const data = Int32Array.from({ length: 12 }, (_, i) => i);
  const inputs: TaskBatch["inputs"] = {
    rows: { dtype: "int32", shape: [4, 3], data },
    columns: { dtype: "int32", shape: [3, 4], data },
  };
  const batch: TaskBatch = { shape: { batch: 4, sequence: 3 }, inputs };
  const part = partOf(batch, { from: 1, to: 3 }, { columns: 1 });
  assertEquals(part.shape, { batch: 2, sequence: 3 });
  assertStrictEquals(part.whole, batch);
  const { rows, columns } = part.inputs;
  assertEquals([rows!.shape, [...rows!.data]], [[2, 3], [3, 4, 5, 6, 7, 8]]);
  assertEquals([columns!.shape, [...columns!.data]], [[3, 2], [1, 2, 5, 6, 9, 10]]);
  assertEquals([...data.keys()], [...data]);
});

Deno.test("shareOf() is 1 of a whole batch, 0 of nothing, and weighs losses", () => {
  const batch = (size: number): TaskBatch => ({ shape: { batch: size }, inputs: {} });
  const size = ({ shape }: TaskBatch) => shape.batch;
  assertEquals(shareOf(batch(3), size), 1);
  assertEquals(shareOf({ ...batch(3), whole: batch(4) }, size), 0.75);
  assertEquals(shareOf({ ...batch(3), whole: batch(4) }, () => 0), 0);
  const loss = { value: 2, gradients: { x: Float32Array.of(4) } };
  assertEquals(weighted(0.5, loss), { value: 1, gradients: { x: Float32Array.of(2) } });
});
