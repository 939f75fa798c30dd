import { assertEquals } from "@std/assert";
import { networkNamed, zeroParameters } from "../models/mod.ts";
import { graphMacs } from "./graph_macs.ts";

Deno.test("graphMacs() counts convolutions, fully connected layers and attention", () => {
  const macs = (name: string) =>
    graphMacs(networkNamed(name).build({ batch: 1 }, zeroParameters()));
  assertEquals((macs("resnet50") / 1e9).toFixed(3), "4.089");
  assertEquals((macs("resnext101-32x8d") / 1e9).toFixed(3), "16.414"); // with groups
  const head = 384 * 2 * 1024;
  assertEquals(macs("bert-large") - head, 115_964_116_992 + 7_247_757_312);
});
