import { assert, assertEquals } from "@std/assert";
import { graphMacs } from "./graph_macs.ts";
import { networkEffort, networkMacs, slowestRun } from "./network_effort.ts";
import { denseNetwork } from "./network_figures.ts";
import { hollowNetwork } from "./network_layers.ts";

Deno.test("networkMacs() is what the graph of the batch has", () => {
  for (const name of ["dlrm", "gsc-cnn", "bert-tiny"]) {
    const network = denseNetwork(name);
    for (const batch of [1, 3]) {
      assertEquals(networkMacs(network, batch), graphMacs(hollowNetwork(network, batch)));
    }
  }
});

Deno.test("slowestRun() is shorter on more threads and longer in WebAssembly", () => {
  const run = { network: denseNetwork("resnet50"), batch: 1, threads: 1 };
  const native = slowestRun(run, "native");
  assertEquals(slowestRun({ ...run, threads: 2 }, "native"), native / 2);
  assert(slowestRun(run, "wasm") > native);
});

Deno.test("networkEffort() takes fewer processes for what takes longer, and rounds for an interval", () => {
  for (const quick of [true, false]) {
    const efforts = [0.01, 0.5, 5].map((seconds) => networkEffort(seconds, quick));
    const processes = efforts.map((effort) => effort.processes);
    assertEquals(processes, processes.toSorted((a, b) => b - a));
    for (const { plan } of efforts) assert(plan.minRounds >= 3);
  }
});
