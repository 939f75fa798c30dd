/**
 * Chart: published accuracy over measured throughput. A hollow diamond, since the accuracy is published; a whisker, since the speed is
 * measured.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { type FrontierClaim, type FrontierPoint, readNetworkCell } from "../../results/mod.ts";
import { percent, points, significant, times } from "../wording.ts";
import { type Axis, linearAxis, logAxis } from "./axis.ts";
import { framed, titleAbove } from "./frame.ts";
import { freePlaces } from "./free_places.ts";
import { COLOURS, type Layout, type Tone } from "./theme.ts";

type Encoding = Readonly<Record<string, unknown>>;

const LEFT = 52;
const HEIGHT = 300;

/** A line from the dense to the sparse model of each claim. */
export function frontierSpec(
  claims: readonly FrontierClaim[],
  metric: string,
  layout: Layout,
): TopLevelSpec {
  const all = claims.flatMap(({ dense, sparse }) => [dense, sparse]);
  const x = logAxis(
    all.flatMap(({ rate }) => [rate.low / 1.1, rate.high * 1.1]),
    "items per second, measured",
  );
  const y = linearAxis(all.map(({ accuracy }) => 100 * accuracy), {
    title: `${metric} (%), published`,
    limits: [0, 104],
  });
  const width = layout.width - LEFT - 24;
  return framed({
    width,
    height: HEIGHT,
    padding: { left: LEFT, right: 24, top: 28, bottom: 44 },
    layer: [
      ...claims.map((claim) => path(claim, x, y)),
      ...claims.flatMap((claim) => [
        ...modelLayers(claim, "dense", x, y),
        ...modelLayers(claim, "sparse", x, y),
      ]),
      names(claims, { x, y, width }),
    ],
  });
}

/** How a claim is called, e.g. `bert-large 2x1 70 %`. */
export function claimName({ published: { cell, recipe } }: FrontierClaim): string {
  const network = readNetworkCell(cell);
  if (network === null) return recipe;
  return `${network.network} ${network.pattern} ${percent(network.sparsity, 0)}`;
}

function across(field: string, axis: Axis): Encoding {
  return {
    field,
    type: "quantitative",
    scale: { type: "log", domain: axis.domain, nice: false },
    axis: { title: axis.title, values: axis.ticks, format: ",~r" },
  };
}

function up(axis: Axis): Encoding {
  return {
    field: "accuracy",
    type: "quantitative",
    scale: { domain: axis.domain, nice: false, zero: false },
    axis: {
      ...titleAbove(axis.title, LEFT),
      values: axis.ticks,
    },
  };
}

function valueOf(
  { accuracy, rate: { estimate, low, high } }: FrontierPoint,
): Record<string, number> {
  return { accuracy: 100 * accuracy, rate: estimate, low, high };
}

function path({ dense, sparse }: FrontierClaim, x: Axis, y: Axis): Encoding {
  return {
    data: { values: [valueOf(dense), valueOf(sparse)] },
    mark: { type: "line", aria: false, color: COLOURS.rule, strokeWidth: 1.5 },
    encoding: { x: across("rate", x), y: up(y) },
  };
}

function modelLayers(
  claim: FrontierClaim,
  tone: Tone & ("sparse" | "dense"),
  x: Axis,
  y: Axis,
): Encoding[] {
  const point = claim[tone];
  const tip = `${claimName(claim)}, ${tone}: ${percent(point.accuracy, 2)} published, ` +
    `${significant(point.rate.estimate)} items per second on ${point.engine}`;
  const data = { values: [{ ...valueOf(point), tip }] };
  return [
    {
      data,
      mark: {
        type: "rule",
        aria: false,
        color: COLOURS[tone],
        strokeWidth: 2.5,
        strokeCap: "round",
      },
      encoding: { x: across("low", x), x2: { field: "high" }, y: up(y) },
    },
    {
      data,
      mark: {
        type: "point",
        shape: "diamond",
        filled: false,
        size: 110,
        opacity: 1,
        color: COLOURS[tone],
        strokeWidth: 2,
        aria: true,
      },
      encoding: { x: across("rate", x), y: up(y), description: { field: "tip", type: "nominal" } },
    },
  ];
}

/** Names beside the diamonds; a dense figure that several claims of a model share is named once. */
function names(
  claims: readonly FrontierClaim[],
  { x, y, width }: { readonly x: Axis; readonly y: Axis; readonly width: number },
): Encoding {
  const sparse = claims.map((claim) => ({
    point: claim.sparse,
    text: claimName(claim),
    tone: "sparse",
  }));
  const dense = [
    ...new Map(claims.map((claim) => {
      const network = readNetworkCell(claim.published.cell)?.network ?? claim.published.recipe;
      return [network, { point: claim.dense, text: `${network} dense`, tone: "dense" }];
    })).values(),
  ];
  const all = [...sparse, ...dense];
  const share = (value: number, [low, high]: Axis["domain"]): number =>
    (value - low) / (high - low);
  const logs = x.domain.map(Math.log) as [number, number];
  const places = freePlaces(
    all.map(({ text, point: { accuracy, rate } }) => ({
      text,
      x: width * share(Math.log(rate.estimate), logs),
      y: HEIGHT * (1 - share(100 * accuracy, y.domain)),
    })),
    { width: width + 20, height: HEIGHT },
  );
  return {
    data: { values: all.map(({ text, tone }, index) => ({ text, tone, ...places[index]! })) },
    mark: { type: "text", aria: false, align: "left", baseline: "middle", fontSize: 11.5 },
    encoding: {
      // Pixels, as they were computed.
      x: { field: "left", type: "quantitative", scale: null, axis: null },
      y: { field: "middle", type: "quantitative", scale: null, axis: null },
      text: { field: "text", type: "nominal" },
      color: {
        condition: { test: "datum.tone === 'sparse'", value: COLOURS.sparse },
        value: COLOURS.muted,
      },
    },
  };
}

/** What the chart shows, e.g. `For 0.64 points of F1 bert-large 2x1 70 % runs 2.6x as fast`. */
export function frontierTitle(claims: readonly FrontierClaim[], metric: string): string {
  const [most] = claims.toSorted((a, b) => gainOf(b) - gainOf(a));
  if (most === undefined) return "Nothing was published for what was measured";
  const loss = most.dense.accuracy - most.sparse.accuracy;
  const words = loss > 0
    ? `For ${points(loss).replace("+", "")} points of ${metric}`
    : `At no loss of ${metric}`;
  return `${words} ${claimName(most)} does ${times(gainOf(most))} as many items a second`;
}

function gainOf({ dense, sparse }: FrontierClaim): number {
  return sparse.rate.estimate / dense.rate.estimate;
}
