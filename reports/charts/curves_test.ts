import { assertEquals } from "@std/assert";
import { doublingAxis, ratioAxis } from "./axis.ts";
import { type Curve, type CurveChart, curvesSpec } from "./curves.ts";
import { COLOURS, SMALL } from "./theme.ts";

function curve(tone: Curve["tone"], xs: readonly number[], doubt = false): Curve {
  const points = xs.map((x) => ({ x, y: x, interval: [x, x] as const, doubt, tip: `at ${x}` }));
  return { label: tone, tone, points };
}

interface Layer {
  readonly data: { readonly values: readonly Record<string, unknown>[] };
  readonly mark: Readonly<Record<string, unknown>>;
  readonly encoding: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function layersOf(changes: Partial<CurveChart>, type: string): Layer[] {
  const chart = {
    x: doublingAxis([1, 8], "items per run"),
    y: ratioAxis([1, 8], "speed-up"),
    curves: [curve("sparse", [1, 8])],
    ...changes,
  };
  // Every layer of such a chart has these parts.
  const { layer } = curvesSpec(chart, SMALL) as unknown as { layer: readonly Layer[] };
  return layer.filter(({ mark }) => mark.type === type);
}

Deno.test("curvesSpec() draws ours above the others, with a band, a line and marks of their shape", () => {
  const curves = [curve("sparse", [1, 8]), curve("dense", [1, 8])];
  assertEquals(layersOf({ curves }, "line").map(({ mark }) => mark.color), [
    COLOURS.dense,
    COLOURS.sparse,
  ]);
  assertEquals(layersOf({ curves }, "area").length, 2);
  assertEquals(layersOf({ curves }, "point").map(({ mark }) => mark.shape), ["square", "circle"]);
});

Deno.test("curvesSpec() marks doubt by shape and colour", () => {
  const [mark] = layersOf({ curves: [curve("sparse", [1, 8], true)] }, "point");
  assertEquals([mark!.mark.shape, mark!.mark.color], ["triangle-up", COLOURS.doubt]);
});

Deno.test("curvesSpec() dashes ceilings and has a rule where nothing differs", () => {
  const ceilings = [[{ x: 1, y: 4 }, { x: 8, y: 5 }]];
  const dashed = layersOf({ ceilings }, "line").filter(({ mark }) => "strokeDash" in mark);
  assertEquals(dashed.map(({ data }) => data.values), ceilings);
  assertEquals(layersOf({}, "rule").map(({ data }) => data.values), [[{ at: 1 }]]);
});

Deno.test("curvesSpec() names each line once: at the right end, or where it ends before", () => {
  const curves = [curve("sparse", [1, 8]), curve("dense", [1])];
  const [own, ends] = layersOf({ curves }, "text");
  assertEquals(own!.data.values.map(({ label, x }) => [label, x]), [["dense", 1]]);
  assertEquals(ends!.data.values.map(({ label }) => label), ["sparse"]);
  assertEquals(layersOf({ curves: [curve("sparse", [4])] }, "line"), [], "a point is no line");
});
