import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { createRandom, float32, int64, type Tensor } from "../../../core/mod.ts";
import { kernelSupport, type Target } from "../../../kernels/mod.ts";
import {
  createGraphBuilder,
  createNetworkBuilder,
  drawInputs,
  drawParameters,
  type Graph,
  runReference,
} from "../../../models/mod.ts";
import type { LayerDispatch } from "../../engine.ts";
import { openSession } from "../session.ts";
import { drawSamples, smallDlrm } from "./test_network.ts";

interface Trial {
  readonly target: Target;
  readonly threads: number;
  readonly unpruned?: boolean;
}

/** Runs a graph twice and compares all of its outputs with the reference. */
async function check(
  graph: Graph,
  inputs: Record<string, Tensor>,
  { target, threads, unpruned = false }: Trial,
): Promise<readonly LayerDispatch[]> {
  await using session = openSession("skipzero-native", graph, { target, threads, unpruned });
  const expected = runReference(graph, inputs);
  for (let run = 0; run < 2; run++) {
    const outputs = await session.run(inputs);
    assertEquals(Object.keys(outputs), Object.keys(expected));
    for (const [name, { shape, data }] of Object.entries(expected)) {
      assertEquals(outputs[name]?.shape, shape);
      data.forEach((value: number | bigint, i: number) =>
        assertAlmostEquals(Number(outputs[name]?.data[i]), Number(value), 2e-5, `${name} ${i}`)
      );
    }
  }
  return session.dispatch;
}

const { targets } = kernelSupport();

for (const target of targets) {
  for (const threads of [1, 2]) {
    Deno.test(`openSession() runs DLRM on ${target} with ${threads} threads as the reference does`, async () => {
      for (const batch of [1, 2, 7, 8, 64, 100]) {
        await check(smallDlrm(batch), drawSamples(batch), { target, threads });
      }
    });
  }

  Deno.test(`openSession() skips the zeros of 4x16 blocks on ${target}, for many samples and for few`, async () => {
    for (const [batch, kernel] of [[64, "spmm_f32_16x1"], [1, "broadcast_f32_16x1"]] as const) {
      const dispatch = await check(smallDlrm(batch), drawSamples(batch), { target, threads: 1 });
      const layer = dispatch.find(({ layer }) => layer === "top_l.2.weight");
      assert(layer?.kernel.startsWith(kernel), layer?.kernel);
      assertAlmostEquals(layer?.sparsity ?? 0, 0.8, 0.02);
      assertAlmostEquals(layer?.skipped ?? 0, 0.8, 0.02);
      assertEquals(layer?.macsDense, batch * 64 * 80);
    }
  });

  Deno.test(`openSession() skips nothing on ${target} if it is told so`, async () => {
    for (const batch of [1, 40]) {
      const trial = { target, threads: 2, unpruned: true };
      const dispatch = await check(smallDlrm(batch), drawSamples(batch), trial);
      const weights = dispatch.filter(({ sparsity }) => sparsity !== null);
      assertEquals(weights.map(({ macsDone }) => macsDone), weights.map((one) => one.macsDense));
    }
  });
}

const target = targets.find((one) => one.startsWith("wasm")) ?? "wasm";

Deno.test("openSession() tells about interactions and look-ups, which have no weights", async () => {
  const dispatch = await check(smallDlrm(64), drawSamples(64), { target, threads: 1 });
  assertEquals(
    dispatch.map(({ kernel }) => kernel.replace(/_f32.*/, "")),
    [
      ...["spmm", "spmm"],
      ...["gather_rows", "gather_rows", "gather_rows", "gather_rows", "gather_rows"],
      ...["pair_products", "spmm", "spmm", "spmm"],
    ],
  );
  const pairs = dispatch.find(({ kernel }) => kernel.startsWith("pair_products"));
  assertEquals([pairs?.sparsity, pairs?.macsDense], [null, 64 * 6 * 6 * 16]);
  assert(pairs!.macsDone >= 64 * 15 * 16 && pairs!.macsDone <= pairs!.macsDense);
});

Deno.test("run() refuses an id outside its table, and names table and item", async () => {
  await using session = openSession("skipzero-wasm", smallDlrm(4), {
    target,
    threads: 1,
    unpruned: false,
  });
  const samples = drawSamples(4);
  for (const bad of [2, -1, 2 ** 33]) {
    const ids = Array.from({ length: 20 }, (_, i) => i === 4 + 2 ? bad : 0);
    await assertRejects(
      () => session.run({ ...samples, indices: int64([5, 4], ids) }),
      RangeError,
      'Cannot look up "emb_l.1.weight": id ',
    );
  }
});

/** Two layers and an activation between, which nothing fuses since the layer's value is an output as well. */
function branching(batch: number): Graph {
  const network = createNetworkBuilder("branching", drawParameters("branching"));
  const x = network.input("x", "float32", [batch, 20]);
  const hidden = network.dense(x, "first", { from: 20, to: 30 });
  const active = network.node("Tanh", "tanh", [hidden]);
  network.output(network.dense(active, "second", { from: 30, to: 5 }), "y");
  network.output(hidden, "hidden");
  return network.build();
}

Deno.test("openSession() keeps values that are outputs and inputs of layers, in every format", async () => {
  for (const batch of [1, 5, 40, 130]) {
    for (const threads of [1, 3]) {
      const graph = branching(batch);
      await check(graph, drawInputs(graph), { target, threads });
    }
  }
});

Deno.test("openSession() adds a residual in panels whatever the batch is", async () => {
  const network = createNetworkBuilder("residual", drawParameters("residual"));
  const x = network.input("x", "float32", [3, 24]);
  const y = network.dense(x, "first", { from: 24, to: 24 });
  network.output(network.relu(network.node("Add", "add", [y, x]), "relu"), "y");
  const graph = network.build();
  const dispatch = await check(graph, drawInputs(graph), { target, threads: 2 });
  assert(dispatch[0]?.kernel.startsWith("spmm"), dispatch[0]?.kernel);
});

Deno.test("openSession() looks up lists of their own", async () => {
  const builder = createGraphBuilder("table");
  const random = createRandom(1);
  const table = float32([9, 6], Float32Array.from({ length: 54 }, () => random.normal()));
  builder.parameter("table", table);
  const dense = builder.input("dense", "float32", [5, 2]);
  const ids = builder.input("ids", "int64", [5]);
  const rows = builder.node("Gather", "rows", ["table", ids]);
  builder.output(rows, "y");
  builder.output(builder.node("Sigmoid", "sigmoid", [dense]), "z");
  const inputs = {
    dense: float32([5, 2], Float32Array.from({ length: 10 }, () => random.normal())),
    ids: int64([5], [8, 0, 3, 3, 1]),
  };
  await check(builder.build(), inputs, { target, threads: 1 });
});
