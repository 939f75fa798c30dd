/**
 * Chart: how likely a neuron takes one pattern for another, by the number of inputs: a formula, beside published points of it.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import {
  falseMatchProbability,
  PUBLISHED_MATCHES,
  type PublishedMatch,
} from "../../results/mod.ts";
import { scientific } from "../wording.ts";
import { framed, titleAbove } from "./frame.ts";
import { COLOURS, type Layout } from "./theme.ts";

/** Patterns that the chart has lines for, by their active inputs. */
export const ACTIVE_INPUTS: readonly number[] = [
  ...new Set(PUBLISHED_MATCHES.map(({ sizes }) => sizes.active)),
];

/** Most inputs, and inputs from point to point. */
const [MOST, STEP] = [4000, 50];

/** Probabilities below are not drawn. */
const LEAST = 1e-10;

/** Labelled powers of ten. */
const POWERS = [[0, "1"], [-2, "10⁻²"], [-4, "10⁻⁴"], [-6, "10⁻⁶"], [-8, "10⁻⁸"], [
  -10,
  "10⁻¹⁰",
]] as const;

/** Room for the labels of the vertical axis, and for the names of lines, in pixels. */
const [LEFT, NAMES] = [56, 92];

/** A point of the formula. */
interface MatchPoint {
  readonly inputs: number;
  readonly probability: number;
  readonly active: number;
}

/** Points of the line of patterns with that many active inputs. */
export function matchLine(active: number): MatchPoint[] {
  const { synapses, threshold } = PUBLISHED_MATCHES[0]!.sizes;
  const points = Array.from({ length: MOST / STEP }, (_, i) => (i + 1) * STEP)
    .filter((inputs) => inputs > active)
    .map((inputs) => ({
      inputs,
      active,
      probability: falseMatchProbability({ inputs, active, synapses, threshold }),
    }));
  return points.filter(({ probability }) => probability >= LEAST);
}

/** The formula as lines, published points of it as hollow diamonds; the axis of probabilities is logarithmic. */
export function falseMatchSpec(layout: Layout): TopLevelSpec {
  const [width, height] = [layout.width - LEFT - NAMES, layout.name === "wide" ? 280 : 240];
  const lines = ACTIVE_INPUTS.map(matchLine);
  const scales = scalesOf(layout);
  return framed({
    width,
    height,
    padding: { left: LEFT, right: NAMES, top: 30, bottom: 44 },
    layer: [
      {
        data: { values: lines.flat() },
        mark: { type: "line", color: COLOURS.ink, strokeWidth: 1.6, aria: false },
        encoding: { ...scales, detail: { field: "active" } },
      },
      publishedLayer(scales),
      ...lines.map((line) => lineName(line.at(-1)!, scales)),
    ],
  });
}

type Scales = Readonly<Record<"x" | "y", Readonly<Record<string, unknown>>>>;

function scalesOf({ name }: Layout): Scales {
  const every = name === "wide" ? 500 : 1000;
  return {
    x: {
      field: "inputs",
      type: "quantitative",
      scale: { domain: [0, MOST], nice: false },
      axis: {
        title: "inputs",
        values: Array.from({ length: MOST / every + 1 }, (_, i) => i * every),
        format: ",~r",
        grid: false,
      },
    },
    y: {
      field: "probability",
      type: "quantitative",
      scale: { type: "log", domain: [LEAST, 1], nice: false, clamp: true },
      axis: {
        ...titleAbove("probability of a false match", LEFT, 10),
        values: POWERS.map(([power]) => 10 ** power),
        labelExpr:
          POWERS.map(([power, label]) =>
            `abs(log(datum.value) / log(10) - ${power}) < 1e-6 ? '${label}' : `
          ).join("") + "''",
      },
    },
  };
}

function publishedLayer(scales: Scales): Readonly<Record<string, unknown>> {
  const tipOf = ({ sizes, probability }: PublishedMatch): string =>
    `${sizes.active} of ${sizes.inputs} active: ${scientific(probability)}, published`;
  return {
    data: {
      values: PUBLISHED_MATCHES.map((match) => ({
        inputs: match.sizes.inputs,
        probability: match.probability,
        tip: tipOf(match),
      })),
    },
    mark: {
      type: "point",
      shape: "diamond",
      filled: false,
      size: 110,
      opacity: 1,
      color: COLOURS.ink,
      strokeWidth: 1.8,
      aria: true,
    },
    encoding: { ...scales, description: { field: "tip", type: "nominal" } },
  };
}

function lineName(last: MatchPoint, scales: Scales): Readonly<Record<string, unknown>> {
  return {
    data: { values: [{ ...last, label: `${last.active} active` }] },
    mark: {
      type: "text",
      align: "left",
      baseline: "middle",
      dx: 8,
      dy: -8,
      fontSize: 12,
      color: COLOURS.muted,
      aria: false,
    },
    encoding: { ...scales, text: { field: "label" } },
  };
}
