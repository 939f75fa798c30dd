import { assertEquals } from "@std/assert";
import { graphMacs } from "./graph_macs.ts";
import { denseNetwork } from "./network_figures.ts";
import { hollowNetwork } from "./network_layers.ts";
import { productTraffic } from "./network_traffic.ts";

Deno.test("productTraffic() has every product of a graph, those of two activations too", () => {
  const graph = hollowNetwork({ ...denseNetwork("bert-tiny"), sequence: 16 }, 2);
  const products = productTraffic(graph);
  assertEquals(products.reduce((sum, { macs }) => sum + macs, 0), graphMacs(graph));
  // Two of attention in each of two layers.
  assertEquals(products.filter(({ weightBytes }) => weightBytes === 0).length, 4);
  const query = products.find(({ layer }) => layer.endsWith("layer.0.attention.self.query.weight"));
  const [weight, tokens] = [4 * 128 * 128, 4 * 2 * 16 * 128];
  assertEquals([query!.weightBytes, query!.activationBytes], [weight, 2 * tokens]);
});

Deno.test("productTraffic() names convolutions by their weights", () => {
  const [first] = productTraffic(hollowNetwork(denseNetwork("gsc-cnn"), 1));
  assertEquals(first, {
    layer: "cnn1.weight",
    weightBytes: 4 * 64 * 25,
    macs: 64 * 25 * 28 * 28,
    activationBytes: 4 * (32 * 32 + 64 * 28 * 28),
  });
});
