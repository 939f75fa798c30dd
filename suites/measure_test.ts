import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import type { Engine } from "../engines/mod.ts";
import { rowsOf } from "./agreement.ts";
import { fakeEngine, fakeOutputs } from "./fake_engine.ts";
import type { Entrant, Line, RaceJob } from "./job.ts";
import { measure } from "./measure.ts";
import type { NetworkSpec } from "./network.ts";
import { drawExamples } from "./network_inputs.ts";
import { TWIN } from "./protocol.ts";

const network: NetworkSpec = {
  model: {
    architecture: "bert",
    config: {
      name: "bert-test",
      layers: 1,
      hidden: 16,
      heads: 2,
      intermediate: 32,
      vocabulary: 50,
      positions: 16,
      typeVocabulary: 2,
      head: "classification",
      classes: 2,
      layerNormEpsilon: 1e-12,
    },
  },
  pattern: "4x1",
  sparsity: 0.5,
  include: ["encoder"],
  exclude: [],
  sequence: 10,
  weights: null,
  seed: 1,
};

/** What the reference would say if it computed what fake engines do. */
const expected = [0, 1].map((first) =>
  rowsOf(fakeOutputs(drawExamples(network, { batch: 1, first, padded: true })), 1)
);

function jobOf(contestants: string[], batch = 2): RaceJob {
  return {
    kind: "race",
    cell: "test",
    work: { kind: "network", network, batch },
    contestants,
    pairs: [{ subject: "skipzero-native", baseline: "onnxruntime-node" }],
    threads: 1,
    plan: { turnNs: 1e6, blocks: 2, minRounds: 3, maxRounds: 4, budgetNs: 1e9, halfWidth: 0.01 },
    seed: "test",
    expected,
  };
}

async function run(
  engines: readonly Engine[],
  job: RaceJob,
  clock: { now(): number } = tickingClock(),
): Promise<{ entrants: Map<string, Entrant>; rounds: Extract<Line, { is: "round" }>[] }> {
  const lines: Line[] = [];
  await measure(job, {
    findEngine: (id) => engines.find((engine) => engine.id === id),
    clock,
    emit: (line) => lines.push(line),
  });
  const entrants = lines.flatMap((line) => line.is === "entrant" ? [[line.id, line] as const] : []);
  return { entrants: new Map(entrants), rounds: lines.filter((line) => line.is === "round") };
}

/** Every reading is a tenth of a millisecond after the last. */
function tickingClock(): { now(): number } {
  let time = 0;
  return { now: () => time += 1e5 };
}

Deno.test("measure() times engines that agree, and the first against itself", async () => {
  let time = 0;
  const clock = { now: (): number => time };
  const engines = [
    fakeEngine({ id: "skipzero-native", work: () => time += 1e6 }),
    fakeEngine({ id: "onnxruntime-node", work: () => time += 4e6 }),
  ];
  const { entrants, rounds } = await run(
    engines,
    jobOf(["skipzero-native", "onnxruntime-node"]),
    clock,
  );
  assertEquals([...entrants.values()].map(({ skipped }) => skipped), [null, null]);
  assertEquals(Object.keys(rounds[0]!.round), [
    "skipzero-native",
    "skipzero-native" + TWIN,
    "onnxruntime-node",
  ]);
  const { round } = rounds[0]!;
  assertAlmostEquals(round["onnxruntime-node"]!.ns / round["skipzero-native"]!.ns, 4, 1e-9);
  // The intervals are as narrow as can be after the least number of rounds.
  assertEquals(rounds.length, 3);
});

Deno.test("measure() checks against another's engine where no reference was computed", async () => {
  const engines = [
    fakeEngine({ id: "skipzero-native" }),
    fakeEngine({ id: "skipzero-native-dense", error: 0.01 }),
    fakeEngine({ id: "onnxruntime-node" }),
  ];
  const contestants = ["skipzero-native", "skipzero-native-dense", "onnxruntime-node"];
  for (const batch of [1, 2]) {
    const { entrants, rounds } = await run(engines, {
      ...jobOf(contestants, batch),
      expected: null,
    });
    const checked = [...entrants.values()].map(({ id, checkedAgainst }) => [id, checkedAgainst]);
    assertEquals(checked, [
      ["onnxruntime-node", null],
      ["skipzero-native", "onnxruntime-node"],
      ["skipzero-native-dense", "onnxruntime-node"],
    ]);
    const { skipped, state } = entrants.get("skipzero-native-dense")!;
    assertEquals(state, "failed");
    assertStringIncludes(skipped!, "differs from onnxruntime-node");
    assertEquals(Object.keys(rounds[0]!.round), [
      "onnxruntime-node",
      "skipzero-native",
      "skipzero-native" + TWIN,
    ]);
  }
});

Deno.test("measure() does not time an engine that is wrong", async () => {
  for (const batch of [1, 2, 5]) {
    let disposed = 0;
    const engines = [
      fakeEngine({ id: "skipzero-native" }),
      fakeEngine({ id: "onnxruntime-node" }),
      fakeEngine({ id: "tfjs", error: 0.01, disposed: () => disposed++ }),
    ];
    const { entrants, rounds } = await run(
      engines,
      jobOf(["skipzero-native", "tfjs", "onnxruntime-node"], batch),
    );
    assertStringIncludes(entrants.get("tfjs")!.skipped!, 'output "logits" differs');
    assertEquals(rounds[0]!.round["tfjs"], undefined);
    assertEquals(disposed, 1);
  }
});

Deno.test("measure() finds an engine that is wrong in rows that the reference does not know", async () => {
  const sloppy: Engine = {
    ...fakeEngine({ id: "tfjs" }),
    load: async (graph, options) => {
      const session = await fakeEngine({ id: "tfjs" }).load(graph, options);
      return {
        ...session,
        run: async (inputs) => {
          const outputs = await session.run(inputs);
          const { data } = outputs["logits"]!;
          data[data.length - 1] = 0;
          return outputs;
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
  };
  const engines = [
    fakeEngine({ id: "skipzero-native" }),
    fakeEngine({ id: "onnxruntime-node" }),
    sloppy,
  ];
  const job = jobOf(["skipzero-native", "onnxruntime-node", "tfjs"], 4);
  const { entrants } = await run(engines, job);
  assertStringIncludes(entrants.get("tfjs")!.skipped!, "differs from skipzero-native");
});

Deno.test("measure() tells why an engine is missing, unknown or refuses the graph", async () => {
  const engines = [
    fakeEngine({ id: "skipzero-native", missing: "CPU lacks avx2" }),
    fakeEngine({ id: "skipzero-wasm", refuses: "Cannot compile Gelu" }),
  ];
  const job = jobOf(["skipzero-native", "skipzero-wasm", "onnxruntime-node"]);
  const { entrants, rounds } = await run(engines, job);
  assertEquals([...entrants.values()].map(({ skipped }) => skipped), [
    "CPU lacks avx2",
    "Cannot compile Gelu",
    "there is no such engine",
  ]);
  assertEquals([...entrants.values()].map(({ state }) => state), ["absent", "failed", "absent"]);
  assertEquals(rounds, []);
});

Deno.test("measure() times nothing if one engine is left", async () => {
  const engines = [fakeEngine({ id: "skipzero-native" })];
  const { entrants, rounds } = await run(engines, jobOf(["skipzero-native", "onnxruntime-node"]));
  assertEquals(entrants.get("skipzero-native")!.skipped, null);
  assertEquals(rounds, []);
});

Deno.test("measure() disposes every session, the twin's too", async () => {
  let disposed = 0;
  const engines = (["skipzero-native", "onnxruntime-node"] as const).map((id) =>
    fakeEngine({ id, disposed: () => disposed++ })
  );
  await run(engines, jobOf(["skipzero-native", "onnxruntime-node"]));
  assertEquals(disposed, 3);
});

Deno.test("measure() counts the multiply-accumulates of the graph", async () => {
  const engines = [fakeEngine({ id: "skipzero-native" }), fakeEngine({ id: "onnxruntime-node" })];
  const { entrants } = await run(engines, jobOf(["skipzero-native", "onnxruntime-node"], 2));
  const tokens = 2 * 10;
  const linears = 4 * 16 * 16 + 2 * 16 * 32;
  const attention = 2 * (2 * 10 * 10 * 16);
  const head = 2 * (16 * 16 + 2 * 16);
  assertEquals(entrants.get("tfjs"), undefined);
  assertEquals(entrants.get("skipzero-native")!.macs, tokens * linears + attention + head);
});

Deno.test("measure() times loops of known length", async () => {
  let time = 0;
  const lines: Line[] = [];
  await measure({
    ...jobOf(["loop 100000", "loop 105000", "loop 0"]),
    work: { kind: "loop" },
    pairs: [],
    expected: null,
  }, {
    findEngine: () => undefined,
    clock: { now: () => time += 1 },
    emit: (line) => lines.push(line),
    loop: (iterations) => time += iterations,
  });
  const [first] = lines.filter((line) => line.is === "round");
  const { round } = first!;
  assertAlmostEquals(round["loop 105000"]!.ns / round["loop 100000"]!.ns, 1.05, 1e-3);
  assertAlmostEquals(round["loop 100000" + TWIN]!.ns / round["loop 100000"]!.ns, 1, 1e-3);
  assertAlmostEquals(round["loop 0"]!.ns, 1, 1);
});

Deno.test("measure() times layers after the race, of engines that can", async () => {
  const profile = { layers: [], waitNs: 1, outsideNs: 1, profiledNs: 9, runNs: 8, runs: 1 };
  const profiling: Engine = {
    ...fakeEngine({ id: "skipzero-native" }),
    load: async (graph, options) => ({
      ...await fakeEngine({ id: "skipzero-native" }).load(graph, options),
      profile: () => Promise.resolve(profile),
    }),
  };
  const emitted: Line[] = [];
  await measure({ ...jobOf(["skipzero-native", "onnxruntime-node"]), profilesLayers: true }, {
    findEngine: (id) => id === profiling.id ? profiling : fakeEngine({ id: "onnxruntime-node" }),
    clock: tickingClock(),
    emit: (line) => emitted.push(line),
  });
  assertEquals(emitted.filter(({ is }) => is === "profile"), [
    { is: "profile", id: "skipzero-native", profile },
  ]);
  assertEquals(emitted.at(-1)?.is, "profile");
});
