import { assertEquals, assertMatch } from "@std/assert";
import type { NetworkSpec } from "./network.ts";
import { networkDeviations } from "./network_deviations.ts";
import type { Cell } from "./suite.ts";

function cellOf(name: string, batch: number): Cell {
  const network: NetworkSpec = {
    model: { architecture: "network", name },
    pattern: "4x1",
    sparsity: 0.5,
    include: [""],
    exclude: [],
    sequence: null,
    weights: null,
    seed: 1,
  };
  return { name, threads: 1, work: { kind: "network", network, batch }, groups: [] };
}

Deno.test("networkDeviations() tells what differs once, however many cells there are", () => {
  const found = networkDeviations([cellOf("dlrm", 1), cellOf("dlrm", 2), cellOf("resnet50", 1)]);
  assertEquals(found.length, 1);
  assertMatch(found[0]!, /^dlrm: \d+ of 26 embedding tables are capped to [\d,]+ rows/);
});

Deno.test("networkDeviations() is empty for networks as published, and for layers and loops", () => {
  const loop: Cell = { name: "loop", threads: 1, work: { kind: "loop" }, groups: [] };
  assertEquals(networkDeviations([cellOf("resnet50", 1), loop]), []);
});

Deno.test("networkDeviations() says what a step of training leaves out, once a network", () => {
  const cell = (network: string, sequence: number | null, threads: number): Cell => ({
    name: network,
    threads,
    work: { kind: "training", training: { network, batch: 2, sequence, zeros: null } },
    groups: [],
  });
  const found = networkDeviations([
    cell("bert-mini", 16, 1),
    cell("bert-mini", 16, 2),
    cell("resnet20", null, 1),
  ]);
  assertEquals(found.length, 2);
  assertMatch(found[0]!, /^bert-mini: the table of words has 1024 rows/);
  assertMatch(found[1]!, /^resnet20: tfjs' .* lacks the gradient of a convolution/);
});
