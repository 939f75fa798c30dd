import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { kernelSupport, type Step } from "../../kernels/mod.ts";
import { bertConfigs, buildBert, drawInputs } from "../../models/mod.ts";
import type { Layer } from "./layers.ts";
import { type ProfiledRun, summarise } from "./profile.ts";
import { openSession } from "./session.ts";
import type { Task } from "./schedule.ts";

const value = (id: number, name: string) => ({ id, name, rows: 1, lanes: "tokens" as const });
const layer = (name: string): Layer => ({
  kind: "activate",
  out: value(1, name),
  x: value(0, "x"),
  activation: "relu",
});
const call = (id: string): Step => ({
  do: "call",
  kernel: { id, slots: 0, emit: () => {} },
  args: [],
});

Deno.test("summarise() adds up layers over shares, and averages threads", () => {
  const [first, second] = [layer("first"), layer("second")];
  const work = (of: Layer, ...ids: string[]): Task => ({ layer: of, steps: ids.map(call) });
  const meet: Task = { layer: null, steps: [{ do: "barrier" }] };
  const tasks = [
    [work(first, "a"), meet, work(second, "b", "c")],
    [work(first, "a"), meet],
  ];
  // two ticks a nanosecond; thread 1 waits 20 ns at the barrier and 40 ns at the end
  const run = (began: number): ProfiledRun => ({
    ticks: [Float64Array.of(200, 0, 80), Float64Array.of(160, 40)],
    began,
    calledMs: began / 2e6,
    elapsedMs: 150e-6,
  });
  const profile = summarise(tasks, [], run(1000), [run(3000)], [160e-6]);
  const layers = profile.layers.map(({ layer, kernel, ns }) => [layer, kernel, Math.round(ns)]);
  assertEquals(layers, [["first", "a", 90], ["second", "b + c", 20]]);
  assertAlmostEquals(profile.waitNs, 30, 1e-6);
  assertAlmostEquals(profile.outsideNs, 10, 1e-6);
  assertAlmostEquals(profile.runNs, 160, 1e-6);
});

const config = { ...bertConfigs["bert-tiny"], vocabulary: 50 };

for (const target of kernelSupport().targets) {
  for (const [threads, batch] of [[1, 1], [2, 1], [2, 3]] as const) {
    Deno.test(`profile() times every layer on ${target}: ${threads} threads, ${batch} sequences`, async () => {
      const graph = buildBert(config, { batch, sequence: 100 });
      const inputs = drawInputs(graph);
      await using session = openSession("skipzero-native", graph, {
        target,
        threads,
        unpruned: false,
      });
      const before = await session.run(inputs);
      const profile = await session.profile!(inputs, { runs: 2 });
      assertEquals(await session.run(inputs), before);
      assert(profile.layers.every(({ ns, kernel }) => ns > 0 && kernel.length > 0));
      const names = profile.layers.map(({ layer }) => layer);
      for (const { layer, macsDone } of session.dispatch) {
        assert(names.includes(layer), layer);
        assertEquals(profile.layers.find((one) => one.layer === layer)?.macsDone, macsDone);
      }
      const { waitNs, outsideNs, profiledNs } = profile;
      const parts = profile.layers.reduce((sum, { ns }) => sum + ns, waitNs + outsideNs);
      assert(parts > 0.3 * profiledNs && parts < 3 * profiledNs, `${parts} of ${profiledNs} ns`);
      const { weightBytes, activationBytes, codeBytes, loadMs } = session.facts!;
      assert(weightBytes > 4 * 50 * 128 && activationBytes > 0 && codeBytes > 0);
      assert(loadMs.fuse + loadMs.pack + loadMs.emit <= session.loadMs);
    });
  }
}

Deno.test("profile() refuses to measure nothing", async () => {
  const graph = buildBert(config, { batch: 1, sequence: 4 });
  const target = kernelSupport().targets.find((one) => one.startsWith("wasm"))!;
  await using session = openSession("skipzero-wasm", graph, { target, threads: 1, unpruned: true });
  await assertRejects(
    () => session.profile!(drawInputs(graph), { runs: 0 }),
    RangeError,
    "0 runs",
  );
});
