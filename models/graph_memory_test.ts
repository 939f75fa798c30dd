import { assertEquals } from "@std/assert";
import { float32 } from "../core/mod.ts";
import { graphMemory } from "./graph_memory.ts";
import { createGraphBuilder, ints } from "./graph_builder.ts";
import { networkNamed } from "./networks.ts";
import { zeroParameters } from "./parameter_source.ts";

Deno.test("graphMemory() follows who is alive", () => {
  const builder = createGraphBuilder("walk");
  const x = builder.input("x", "float32", [10, 10]); // 400 bytes
  const turned = builder.node("Transpose", "turned", [x], { perm: ints(1, 0) });
  const flat = builder.node("Reshape", "flat", [turned, builder.integers([100])]); // a view
  const active = builder.node("Relu", "active", [flat]); // overwrites `turned`
  const sum = builder.node("Add", "sum", [active, flat]); // two readers of `flat`: `active` cannot overwrite it
  builder.output(sum, "y");
  const { weights, layerWeights, ends, activationPeak, activationTotal } = graphMemory(
    builder.build(),
  );
  assertEquals([weights, layerWeights, ends], [8, 0, 800]);
  // x has gone before `active` appears beside `turned`; the sum overwrites one of the two.
  assertEquals([activationPeak, activationTotal], [800, 1200]);
});

Deno.test("graphMemory() takes an output in place of an input that dies", () => {
  const builder = createGraphBuilder("chain");
  let x = builder.input("x", "float32", [100]);
  for (const name of ["a", "b", "c"]) x = builder.node("Relu", name, [x]);
  builder.output(x, "y");
  const { activationPeak, activationTotal } = graphMemory(builder.build());
  assertEquals([activationPeak, activationTotal], [400, 1200]);
});

Deno.test("graphMemory() knows layers from other weights", () => {
  const builder = createGraphBuilder("layer");
  const x = builder.input("x", "float32", [5, 2]);
  builder.parameter("fc.weight", float32([3, 2]));
  builder.parameter("fc.bias", float32([3]));
  builder.output(builder.linear(x, "fc"), "y");
  const { weights, layerWeights } = graphMemory(builder.build());
  assertEquals([weights, layerWeights], [36, 24]);
});

Deno.test("graphMemory() tells the published networks apart", () => {
  const mebibytes = (name: string, batch: number) => {
    const memory = graphMemory(networkNamed(name).build({ batch }, zeroParameters()));
    return Object.values(memory).map((bytes) => Math.round(bytes / 2 ** 20));
  };
  // 32 images: in the first block two values of 56x56x256 are added, and one of 56x56x64 waits for the shortcut
  assertEquals(mebibytes("resnet50", 32), [98, 97, 18, 221, 4585]);
  assertEquals(mebibytes("bert-large", 1).slice(0, 2), [1274, 1152]);
});
