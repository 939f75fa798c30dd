import { assert, assertEquals } from "@std/assert";
import { ratioAxis } from "./axis.ts";
import { dotPlotSpec, type DotRow } from "./dot_plot.ts";
import { marksOf } from "./marks.ts";
import { COLOURS, type Layout, NARROW, SHAPES, WIDE } from "./theme.ts";

const ROW: DotRow = {
  group: "",
  label: "a / b",
  tone: "sparse",
  value: 2,
  interval: null,
  figure: "2.0x",
  tip: "a against b: 2.0x",
};

interface Layer {
  readonly data: { readonly values: readonly Record<string, unknown>[] };
  readonly mark: Readonly<Record<string, unknown>>;
  readonly encoding: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function specOf(rows: readonly DotRow[], layout: Layout = WIDE): {
  readonly layer: readonly Layer[];
  readonly height: number;
  readonly width: number;
  readonly padding: { readonly left: number; readonly right: number };
} {
  // Every layer of a dot plot has these parts.
  return dotPlotSpec(rows, ratioAxis([0.5, 8], "speed-up"), layout) as unknown as ReturnType<
    typeof specOf
  >;
}

function layersOf(rows: readonly DotRow[], type: string): Layer[] {
  return specOf(rows).layer.filter(({ mark }) => mark.type === type);
}

Deno.test("dotPlotSpec() puts a heading above rows of the same group, once", () => {
  const rows = ["x", "x", "y"].map((group) => ({ ...ROW, group }));
  const [headings] = layersOf(rows, "text");
  assertEquals(headings!.data.values, [{ place: 0, text: "x" }, { place: 3, text: "y" }]);
  assertEquals(specOf(rows).height, 5 * 22);
});

Deno.test("dotPlotSpec() has only the layers that the rows need", () => {
  assertEquals(layersOf([ROW], "rect"), []);
  const bare = { ...ROW, value: null, figure: "" };
  assertEquals(specOf([bare]).layer.map(({ mark }) => mark.type), ["rule", "text"]);
});

Deno.test("dotPlotSpec() draws one mark for one meaning", () => {
  const rows: DotRow[] = [{
    ...ROW,
    interval: [1.8, 2.2],
    seeds: [1.9, 2.1],
    published: [3],
    ceiling: 4,
    band: [0.9, 1.1],
  }];
  const [noise] = layersOf(rows, "rect");
  assertEquals(noise!.mark.color, COLOURS.band);
  const dashed = layersOf(rows, "rule").filter(({ mark }) => "strokeDash" in mark);
  assertEquals(dashed.map(({ data }) => data.values), [[{ place: 0, at: 4 }]]);
  const points = layersOf(rows, "point").map(({ mark }) => [mark.shape, mark.filled]);
  assertEquals(points, [["circle", true], ["circle", true], ["diamond", false]]);
});

Deno.test("dotPlotSpec() tells tones apart by shape as well as colour", () => {
  const rows = (["sparse", "dense", "doubt"] as const).map((tone) => ({ ...ROW, tone }));
  const marks = layersOf(rows, "point").map(({ mark }) => [mark.shape, mark.color]);
  assertEquals(new Set(marks.map(([shape]) => shape)).size, 3);
  assertEquals(new Set(marks.map(([, colour]) => colour)).size, 3);
  assert(!Object.values(SHAPES).includes("diamond"), "the diamond is left to published figures");
});

Deno.test("dotPlotSpec() starts stems and the rule at the axis' reference", () => {
  const rules = layersOf([ROW], "rule").flatMap(({ data }) => data.values);
  assertEquals(rules, [{ at: 1 }, { place: 0, from: 1, value: 2, tone: "sparse" }]);
});

Deno.test("dotPlotSpec() fills the width of its layout, labels beside or above", () => {
  for (const layout of [WIDE, NARROW]) {
    const { width, padding } = specOf([ROW], layout);
    assertEquals(padding.left + width + padding.right, layout.width);
  }
  assert(specOf([ROW], WIDE).padding.left > 200);
  assert(specOf([ROW], NARROW).padding.left < 20);
});

Deno.test("dotPlotSpec() cuts labels that have no room; all of it is in the tip", () => {
  const label = "a very long name of an engine / an even longer name of a baseline";
  const [labels] = layersOf([{ ...ROW, label }], "text");
  assertEquals(labels!.data.values[0]!.text, "a very long name of an engine / an even longe…");
});

Deno.test("marksOf() lists the marks that rows have", () => {
  assertEquals(marksOf([]), []);
  assertEquals(marksOf([ROW, { ...ROW, tone: "dense", value: null }]), ["sparse"]);
  const full = { ...ROW, interval: [1, 2], seeds: [1], published: [1], ceiling: 1, band: [1, 1] };
  assertEquals(marksOf([full as unknown as DotRow]), [
    "sparse",
    "seed",
    "published",
    "whisker",
    "ceiling",
    "noise",
  ]);
});
