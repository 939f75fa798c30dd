import { assertEquals } from "@std/assert";
import { sampleNetworksResult } from "../sample_networks.ts";
import { ignoresZeros, layerSpec, layerTitle, toneOfLayer } from "./layer_profile.ts";
import { COLOURS, SHAPES, WIDE } from "./theme.ts";

const [PROFILE] = sampleNetworksResult().profiles!;

Deno.test("toneOfLayer() is amber where many zeros are not skipped", () => {
  const layer = { isSparse: true, sparsity: 0.9 };
  const own = "skipzero-native";
  assertEquals(toneOfLayer(layer, own), "sparse");
  assertEquals(toneOfLayer({ ...layer, isSparse: false }, own), "doubt");
  assertEquals(toneOfLayer({ ...layer, isSparse: false }, `${own}-dense`), "dense");
  assertEquals(toneOfLayer({ isSparse: false, sparsity: 0.01 }, own), "dense", "chance zeros");
  assertEquals(toneOfLayer({ isSparse: null, sparsity: null }, own), "dense");
  assertEquals(ignoresZeros({ isSparse: null, sparsity: null }), false);
});

Deno.test("layerSpec() has a stem for each layer, in order, and leaves out what has no figure", () => {
  // Every layer of such a chart has these parts.
  const marksOf = (
    quantity: "time" | "peak",
  ): {
    mark: { type: string; shape?: string; color: string };
    data: { values: { at: number }[] };
  }[] =>
    (layerSpec(PROFILE!, quantity, WIDE) as unknown as { layer: ReturnType<typeof marksOf> })
      .layer.filter(({ mark }) => mark.type === "point");
  const places = (quantity: "time" | "peak"): number[] =>
    marksOf(quantity).flatMap(({ data }) => data.values.map(({ at }) => at)).sort((a, b) => a - b);
  assertEquals(places("time"), Array.from({ length: 24 }, (_, index) => index + 1));
  assertEquals(places("peak").length, 18, "six layers have no weights");
  assertEquals(marksOf("time").map(({ mark }) => [mark.shape, mark.color]), [
    [SHAPES.dense, COLOURS.dense],
    [SHAPES.sparse, COLOURS.sparse],
    [SHAPES.doubt, COLOURS.doubt],
  ]);
});

Deno.test("layerTitle() says where the time goes", () => {
  assertEquals(
    layerTitle(PROFILE!).replaceAll("\u00a0", " "),
    "17 sparse layers take 92 % of the time, 1 dense one with zeros 5 %, 6 others 2 %",
  );
  const dense = { ...PROFILE!, engine: "skipzero-native-dense", layers: PROFILE!.layers.slice(-2) };
  assertEquals(
    layerTitle(dense).replaceAll("\u00a0", " "),
    "Of 2 dense layers layer.22.weight takes 94 % of the time",
  );
});
