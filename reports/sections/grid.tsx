// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Section: weight sparsity times activation sparsity as heat maps, the theoretical surface beside the measured ones.
 *
 * @module
 */
import type { VNode } from "preact";
import {
  type Comparison,
  isOneTier,
  type LayerFacts,
  type Measurement,
  type Result,
  summarise,
  theoreticalSpeedup,
} from "../../results/mod.ts";
import type { Section } from "../elements.tsx";
import { count, duration, percent, times, timesWithin } from "../wording.ts";

/** A speed-up at a place of the grid. */
interface Point {
  readonly layer: LayerFacts;
  readonly comparison: Comparison;
}

/** A surface has corners. */
const LEAST_PLACES = 4;

/** How kernels treat zeros of the activations, by the end of the engine's id. */
const KINDS = { "-sparse-sparse": "sparse-sparse", "-k-winners": "k-winners" } as const;

type Kind = "sparse-dense" | (typeof KINDS)[keyof typeof KINDS];

function kindOf({ comparison }: Point): Kind {
  const end = Object.entries(KINDS).find(([end]) => comparison.subject.endsWith(end));
  return end?.[1] ?? "sparse-dense";
}

/** Heat maps, one group for each kind of layer, tier and number of lanes; `null` if activations had no zeros. */
export function gridSection(result: Result): Section | null {
  const layers = new Map(result.measurements.map(({ cell, layer }) => [cell, layer]));
  const points = result.comparisons.flatMap((comparison): Point[] => {
    const layer = layers.get(comparison.cell);
    return layer && comparison.baseline.startsWith("onnxruntime") ? [{ layer, comparison }] : [];
  });
  const all = Map.groupBy(
    // The other build of the runtime stands in the table of speed-ups.
    points.filter(({ comparison }) => isOneTier(comparison)),
    ({ layer, comparison }) => {
      const { sparsity: _, activationSparsity: __, ...sizes } = layer;
      return JSON.stringify([sizes, tierOf(comparison), comparison.threads]);
    },
  );
  const groups = [...all.values()].filter((group) =>
    new Set(group.map(({ layer }) => layer.activationSparsity)).size > 1 &&
    new Set(group.map(({ layer }) => placeOf(layer))).size >= LEAST_PLACES
  );
  if (groups.length === 0) return null;
  const body = (
    <>
      <p>
        Speed-up over dense ONNX Runtime of the same tier. Sparse-dense kernels skip zeros of the
        weights; sparse-sparse kernels list the activations that are not zero and skip both;
        k-winners kernels first find the k largest of each token. Times include the finding; its
        share of the k-winners time, timed by itself, stands apart. A frame marks where a kernel is
        faster than sparse-dense: its edge is the crossover line. The theoretical surface is 1 / ((1
        − weights)(1 − activations)).
      </p>
      {groups.map((group) => <GridFigure points={group} measurements={result.measurements} />)}
    </>
  );
  return { id: "grid", title: "Zeros of weights and of activations", body };
}

function tierOf({ subject }: Comparison): string {
  return subject.startsWith("skipzero-wasm") ? "wasm" : "native";
}

function GridFigure(
  { points, measurements }: {
    readonly points: readonly Point[];
    readonly measurements: readonly Measurement[];
  },
): VNode {
  const { layer, comparison } = points[0]!;
  const kinds = Map.groupBy(points, kindOf);
  const one = kinds.get("sparse-dense") ?? [];
  const others = [...kinds].filter(([kind]) => kind !== "sparse-dense");
  const shares = findingShares(kinds.get("k-winners") ?? [], measurements);
  const theory = [...Map.groupBy(points, ({ layer }) => placeOf(layer)).values()]
    .map(([first]) => first!.layer);
  const most = Math.max(...theory.map(theoreticalSpeedup));
  const kind = layer.op === "convolution" ? "Convolution" : "Linear layer";
  const lanes = layer.op === "convolution"
    ? count(layer.lanes, "pixel")
    : count(layer.lanes, "lane");
  return (
    <figure>
      <h3>
        {titleOf(points)}: {kind.toLowerCase()}, {lanes}, {tierOf(comparison)}
      </h3>
      <div class="grids">
        <HeatMap caption="sparse-dense, measured" most={most} cells={one.map(measuredCell)} />
        {others.map(([kind, own]) => {
          const wins = crossover(one, own);
          const cells = own.map((point) => ({
            ...measuredCell(point),
            framed: wins.has(placeOf(point.layer)),
          }));
          return <HeatMap caption={`${kind}, measured`} most={most} cells={cells} />;
        })}
        <HeatMap
          caption="theoretical"
          most={most}
          cells={theory.map((layer) => {
            const value = theoreticalSpeedup(layer);
            return { layer, value, text: times(value), tip: times(value), framed: false };
          })}
        />
        {shares.length > 0 && (
          <HeatMap caption="finding the winners: share of the time" most={1} cells={shares} />
        )}
      </div>
    </figure>
  );
}

function titleOf(points: readonly Point[]): string {
  const best = points.toSorted((a, b) =>
    b.comparison.ratio.estimate - a.comparison.ratio.estimate
  )[0]!;
  const { layer, comparison } = best;
  return `Up to ${times(comparison.ratio.estimate)}, ${kindOf(best)} at ${
    percent(layer.sparsity, 0)
  } and ${percent(layer.activationSparsity, 0)} zeros`;
}

function placeOf({ sparsity, activationSparsity }: LayerFacts): string {
  return `${sparsity} ${activationSparsity}`;
}

/** Places where skipping both is faster than skipping weights only. */
function crossover(one: readonly Point[], both: readonly Point[]): Set<string> {
  const ratios = new Map(
    one.map(({ layer, comparison }) => [placeOf(layer), comparison.ratio.estimate]),
  );
  return new Set(
    both.filter(({ layer, comparison }) =>
      comparison.ratio.estimate > (ratios.get(placeOf(layer)) ?? Infinity)
    ).map(({ layer }) => placeOf(layer)),
  );
}

interface HeatCell {
  readonly layer: LayerFacts;
  readonly value: number;
  readonly text: string;
  readonly tip: string;
  readonly framed: boolean;
}

function measuredCell({ layer, comparison }: Point): HeatCell {
  const { ratio } = comparison;
  const text = times(ratio.estimate);
  return { layer, value: ratio.estimate, text, tip: timesWithin(ratio), framed: false };
}

/** Time of finding the winners over that of finding them and the product. */
function findingShares(points: readonly Point[], measurements: readonly Measurement[]): HeatCell[] {
  return points.flatMap(({ layer, comparison: { cell, subject, threads } }): HeatCell[] => {
    const timeOf = (engine: string): number | null => {
      const found = measurements.find((one) =>
        one.cell === cell && one.engine === engine && one.threads === threads
      );
      return found ? summarise(found)?.median ?? null : null;
    };
    const [part, whole] = [timeOf(subject.replace("-k-winners", "-finding")), timeOf(subject)];
    if (part === null || whole === null) return [];
    const text = percent(part / whole, 0);
    return [{
      layer,
      value: 0,
      text,
      tip: `${duration(part)} of ${duration(whole)}`,
      framed: false,
    }];
  });
}

function HeatMap(
  { caption, most, cells }: {
    readonly caption: string;
    /** Value of the strongest colour. */
    readonly most: number;
    readonly cells: readonly HeatCell[];
  },
): VNode {
  const axis = (of: (layer: LayerFacts) => number): number[] =>
    [...new Set(cells.map(({ layer }) => of(layer)))].sort((a, b) => a - b);
  const weights = axis(({ sparsity }) => sparsity);
  const activations = axis(({ activationSparsity }) => activationSparsity);
  const byPlace = new Map(cells.map((cell) => [placeOf(cell.layer), cell]));
  return (
    <table class="heat">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">act. \ weights</th>
          {weights.map((sparsity) => <th scope="col">{percent(sparsity, 0)}</th>)}
        </tr>
      </thead>
      <tbody>
        {activations.map((activationSparsity) => (
          <tr>
            <th scope="row">{percent(activationSparsity, 0)}</th>
            {weights.map((sparsity) => {
              const cell = byPlace.get(`${sparsity} ${activationSparsity}`);
              if (cell === undefined) return <td>–</td>;
              const framed = cell.framed ? " framed" : "";
              return (
                <td class={`h${levelOf(cell.value, most)}${framed}`} title={cell.tip}>
                  {cell.text}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Levels of colour above 1x; below stands level 0. */
const LEVELS = 6;

function levelOf(value: number, most: number): number {
  if (!(value > 1) || most <= 1) return 0;
  return Math.min(LEVELS, 1 + Math.floor((LEVELS * Math.log(value)) / Math.log(most)));
}
