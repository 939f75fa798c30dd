import { assertEquals } from "@std/assert";
import type { Step } from "../../../kernels/mod.ts";
import { chunkTasks, type ChunkUnit } from "./chunk_tasks.ts";
import type { ImageLayer } from "./layers.ts";

/** Notes which chunk is worked on by whom; two phases, as a copy and its window have. */
function unit(name: string): { unit: ChunkUnit; calls: string[] } {
  const calls: string[] = [];
  // only the name of the layer is looked at
  const layer = { kind: "write", name } as ImageLayer;
  return {
    calls,
    unit: {
      layer,
      phases: ({ first, images, owner }, threads) => {
        calls.push(`${first}+${images} in ${owner} by ${threads}`);
        const lists = Array.from({ length: threads }, (): Step[] => []);
        return [lists, lists];
      },
    },
  };
}

Deno.test("chunkTasks() gives each thread whole chunks in its own working set", () => {
  const { unit: one, calls } = unit("a");
  const tasks = chunkTasks([one], { batch: 7, images: 2, count: 4, threads: 2 });
  assertEquals(calls, ["0+2 in 0 by 1", "2+2 in 0 by 1", "4+2 in 1 by 1", "6+1 in 1 by 1"]);
  assertEquals(tasks.map((list) => list.filter(({ layer }) => layer === null).length), [0, 0]);
});

Deno.test("chunkTasks() shares a chunk that is left over, with a meeting after each phase", () => {
  const { unit: one, calls } = unit("a");
  const tasks = chunkTasks([one, one], { batch: 3, images: 1, count: 3, threads: 2 });
  assertEquals(calls.slice(-2), ["2+1 in 0 by 2", "2+1 in 0 by 2"]);
  const meetings = tasks.map((list) => list.filter(({ layer }) => layer === null).length);
  assertEquals(meetings, [1 + 2 * 2, 1 + 2 * 2]);
});

Deno.test("chunkTasks() needs no meeting on one thread", () => {
  const { unit: one } = unit("a");
  const [tasks] = chunkTasks([one], { batch: 2, images: 1, count: 2, threads: 1 });
  assertEquals(tasks!.map(({ layer }) => layer === null), [false, false]);
});
