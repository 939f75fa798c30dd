/**
 * Chart: speed-up over sparsity, and where it crosses 1.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import type { BreakEven } from "../../results/mod.ts";
import { percent, timesWithin } from "../wording.ts";
import { type Axis, linearAxis, ratioAxis } from "./axis.ts";
import { framed } from "./frame.ts";
import { COLOURS, type Layout, SHAPES } from "./theme.ts";

/** One line a pattern, with its name at the right end. */
export function breakEvenSpec(crossings: readonly BreakEven[], layout: Layout): TopLevelSpec {
  const all = crossings.flatMap(({ sweep }) => sweep);
  const ratios = all.flatMap(({ comparison: { ratio } }) => [ratio.low, ratio.high]);
  const y = ratioAxis(ratios, "speed-up: time of the baseline / own time");
  const x = linearAxis(all.map(({ sparsity }) => 100 * sparsity), {
    title: "zeros among the weights (%)",
    limits: [0, 100],
  });
  const left = 64;
  const right = layout.name === "wide" ? 110 : 84;
  return framed({
    width: layout.width - left - right,
    height: 280,
    padding: { left, right, top: 12, bottom: 46 },
    layer: [rule(y), ...crossings.flatMap((crossing) => lineLayers(crossing, x, y))],
  });
}

type Encoding = Readonly<Record<string, unknown>>;

function across(axis: Axis): Encoding {
  return {
    field: "sparsity",
    type: "quantitative",
    scale: { domain: axis.domain, nice: false, zero: false },
    axis: { title: axis.title, values: axis.ticks },
  };
}

function up(field: string, axis: Axis): Encoding {
  return {
    field,
    type: "quantitative",
    scale: { type: axis.scale, domain: axis.domain, nice: false },
    axis: {
      title: axis.title,
      values: axis.ticks,
      labelExpr: "format(datum.value, '~g') + 'x'",
    },
  };
}

function rule(y: Axis): Encoding {
  return {
    data: { values: [{ at: 1 }] },
    mark: { type: "rule", aria: false, color: COLOURS.ink },
    encoding: { y: up("at", y) },
  };
}

function lineLayers({ sweep, layer }: BreakEven, x: Axis, y: Axis): Encoding[] {
  const values = sweep.map(({ sparsity, comparison: { ratio } }) => ({
    sparsity: 100 * sparsity,
    ratio: ratio.estimate,
    low: ratio.low,
    high: ratio.high,
    tip: `${layer.pattern} at ${percent(sparsity, 0)}: ${timesWithin(ratio)}`,
  }));
  const last = [{ ...values.at(-1)!, label: layer.pattern }];
  const colour = COLOURS.sparse;
  const places = { x: across(x), y: up("ratio", y) };
  return [
    {
      data: { values },
      mark: { type: "rule", aria: false, color: colour, strokeWidth: 1.5 },
      encoding: { x: across(x), y: up("low", y), y2: { field: "high" } },
    },
    {
      data: { values },
      mark: { type: "line", aria: false, color: colour, strokeWidth: 1.5 },
      encoding: places,
    },
    {
      data: { values },
      mark: {
        type: "point",
        aria: false,
        filled: true,
        opacity: 1,
        size: 36,
        shape: SHAPES.sparse,
        color: colour,
      },
      encoding: { ...places, description: { field: "tip", type: "nominal" } },
    },
    {
      data: { values: last },
      mark: { type: "text", aria: false, align: "left", dx: 8, fontSize: 12, color: COLOURS.ink },
      encoding: { ...places, text: { field: "label", type: "nominal" } },
    },
  ];
}

/** What the chart shows, e.g. `4x1 wins over onnxruntime-node from 14 % zeros on, unstructured from 52 %`. */
export function breakEvenTitle(crossings: readonly BreakEven[]): string {
  const [first] = crossings;
  if (first === undefined) return "No sweep was measured";
  const words = crossings.map(({ layer, sparsity }, index) => {
    const over = index === 0 ? ` wins over ${first.baseline}` : "";
    if (sparsity === null) return `${layer.pattern}${over} nowhere`;
    if (sparsity === 0) return `${layer.pattern}${over} everywhere`;
    return `${layer.pattern}${over} from ${percent(sparsity, 0)} zeros on`;
  });
  return words.join(", ");
}
