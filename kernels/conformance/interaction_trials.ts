/**
 * Trials of the kernels of recommendation models: look-ups into panels, and products of pairs of vectors.
 *
 * @module
 */
import { gatherRows, pairProducts, type PairProductsOptions, pairTiles } from "../ops/mod.ts";
import { referenceEmbed, referencePairProducts } from "../reference/mod.ts";
import { assertClose, type Bench, call, SUM_TOLERANCE, type Trial, uniform } from "./trial.ts";

/** Trials of `gatherRows`: features around the four that are moved at once, panels of one vector and of several. */
export function gatherRowsTrials(bench: Bench, indirect: boolean): Trial[] {
  return [16, 48, 64].flatMap((panelLanes) =>
    [1, 3, 4, 7, 64].map((features) => gatherRowsTrial(bench, indirect, features, panelLanes))
  );
}

function gatherRowsTrial(
  { target, arena, random }: Bench,
  indirect: boolean,
  features: number,
  lanes: number,
): Trial {
  const rows = 11;
  const table = uniform(random, rows * features);
  const ids = Array.from({ length: lanes }, () => random.integer(rows));
  const y = arena.output(features * lanes);
  const place = arena.input(table);
  const step = call(gatherRows({ target, panelLanes: lanes, indirect }), {
    table: indirect ? arena.input(Uint32Array.of(place, Math.floor(place / 2 ** 32))) : place,
    offsets: arena.input(Uint32Array.from(ids, (id) => id * features * 4)),
    features,
    y,
  });
  return {
    steps: [step],
    prove: () => {
      const expected = referenceEmbed([{ table, ids }], features);
      const actual = arena.read(y, features * lanes);
      assertClose(actual, expected, expected.map(() => 0), `${features} features x ${lanes}`);
    },
  };
}

/** Trials of `pairProducts`: fewer vectors than a tile, as many, and one more than several; all pairs and some. */
export function pairProductsTrials(bench: Bench): Trial[] {
  return [[1, 3, 16], [2, 5, 64], [3, 1, 48], [4, 8, 16], [5, 2, 64], [9, 16, 16], [13, 7, 64]]
    .flatMap(([count = 0, features = 0, panelLanes = 0]) => {
      const options = { target: bench.target, count, features, panelLanes };
      return [
        pairProductsTrial(bench, options, belowDiagonal(count)),
        pairProductsTrial(bench, options, drawnPairs(bench, count)),
      ];
    });
}

function belowDiagonal(count: number): [number, number][] {
  return Array.from({ length: count * count }, (_, i): [number, number] => [
    Math.floor(i / count),
    i % count,
  ]).filter(([i, j]) => j < i);
}

/** Pairs in any order, of a vector with itself as well, and some twice. */
function drawnPairs({ random }: Bench, count: number): [number, number][] {
  return Array.from({ length: 7 }, () => [random.integer(count), random.integer(count)]);
}

function pairProductsTrial(
  { target, arena, random }: Bench,
  options: PairProductsOptions & { readonly panelLanes: number },
  pairs: readonly (readonly [number, number])[],
): Trial {
  const { count, features, panelLanes: lanes } = options;
  const x = uniform(random, count * features * lanes);
  const { list, tileCount } = pairTiles(options, pairs);
  const y = arena.output((pairs.length + 1) * lanes);
  const step = call(pairProducts(options), {
    x: arena.input(x),
    tiles: arena.input(list),
    tileCount,
    y,
  });
  return {
    steps: [step],
    prove: () => {
      const expected = referencePairProducts(x, pairs, { features, lanes });
      const actual = arena.read(y, pairs.length * lanes);
      const what = `${pairs.length} pairs of ${count} x ${features} on ${target}`;
      assertClose(actual, expected, expected.map(() => SUM_TOLERANCE * features), what);
    },
  };
}
