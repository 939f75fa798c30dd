import { assert, assertEquals } from "@std/assert";
import { parsePattern, whyIndivisible } from "../core/mod.ts";
import { parameterCount } from "./graph_builder.ts";
import type { Graph } from "./graph.ts";
import { graphLayers } from "./graph_layers.ts";
import { networkNamed, NETWORKS, SCALED_NETWORKS } from "./networks.ts";
import { zeroParameters } from "./parameter_source.ts";
import { scaledSsds } from "./scaled_networks.ts";
import { ssdMapSizes } from "./ssd_boxes.ts";

function build(name: string): Graph {
  return networkNamed(name).build({ batch: 2 }, zeroParameters());
}

Deno.test("SCALED_NETWORKS have names of their own, which end in -scaled", () => {
  const names = SCALED_NETWORKS.map(({ name }) => name);
  assertEquals(
    new Set([...names, ...NETWORKS.map(({ name }) => name)]).size,
    names.length + NETWORKS.length,
  );
  for (const name of names) {
    assert(name.endsWith("-scaled"));
    assertEquals(build(name).name, name);
  }
});

Deno.test("SCALED_NETWORKS have no layer that their full relatives lack", () => {
  const relatives: Readonly<Record<string, string>> = { "ssd-resnet34": "ssd-resnet34-300" };
  for (const { name } of SCALED_NETWORKS) {
    const full = name.replace(/-scaled$/, "");
    const known = new Set(graphLayers(build(relatives[full] ?? full)).map(({ weight }) => weight));
    for (const { weight } of graphLayers(build(name))) {
      assert(known.has(weight), `${name} ${weight}`);
    }
  }
});

Deno.test("SCALED_NETWORKS are small", () => {
  for (const { name } of SCALED_NETWORKS) {
    const macs = graphLayers(build(name)).reduce((sum, layer) => sum + layer.macs, 0) / 2;
    assert(macs < 40e6 && parameterCount(build(name)) < 2e6, `${name}: ${macs}`);
  }
});

Deno.test("SCALED_NETWORKS divide by the patterns of their claims", () => {
  const cases = [
    ["resnet50-scaled", "2x1", "layer"],
    ["resnext101-32x4d-scaled", "2x1", "layer"],
    ["resnext101-32x8d-scaled", "2x1", "layer"],
    ["resnet20-scaled", "2x1", "layer"],
    ["ssd-resnet34-scaled", "2x1", ""],
    ["dlrm-scaled", "dlrm-4x16", "top_l.2"],
    ["dlrm-scaled", "dlrm-4x16", "top_l.4"],
    ["gsc-cnn-scaled", "complementary-8", "cnn2"],
    ["gsc-cnn-scaled", "complementary-8", "linear"],
  ] as const;
  for (const [name, pattern, part] of cases) {
    const layers = graphLayers(build(name)).filter(({ weight }) => weight.includes(part));
    assert(layers.length > 0);
    for (const { weight, rows, groups, inner } of layers) {
      assertEquals(
        whyIndivisible(parsePattern(pattern), rows * groups, inner),
        null,
        `${name} ${weight}`,
      );
    }
  }
});

Deno.test("scaledSsds have the boxes that they are described with", () => {
  const sizes = ssdMapSizes(scaledSsds[0]!);
  assertEquals(sizes, [12, 6, 6, 6, 4, 2]);
  const boxes = build("ssd-resnet34-scaled").outputs.find(({ name }) => name === "boxes");
  assertEquals(boxes?.shape, [2, 1304, 4]);
});
