/**
 * What a bench run measures, and the cache entry that it fills. Shared by `bench` and by `reproduce`, which looks there.
 *
 * @module
 */
import { hashOf, UsageError } from "../core/mod.ts";
import type { Recipe } from "../recipes/mod.ts";
import { machineName } from "../results/mod.ts";
import { type Cell, type Effort, findSuite, type Suite } from "../suites/mod.ts";
import { hashFolders, MEASURING_SOURCES } from "./cache_key.ts";

/** What was asked for. */
export interface BenchRequest {
  /** Id of the suite. */
  readonly suite: string;
  /** Recipes whose networks are wanted. */
  readonly recipes: readonly Recipe[];
  /** Whether nothing but those recipes' networks is wanted. */
  readonly recipesOnly: boolean;
  /** Trained weights of full-size models by recipe name, and their sha256. */
  readonly weights: ReadonlyMap<string, { readonly path: string; readonly sha256: string }>;
  /** Thread counts. */
  readonly threads: readonly number[];
  /** Fewer rounds. */
  readonly quick: boolean;
  /** Folder of published data, or `null`. */
  readonly data: string | null;
  /** Measures only what {@linkcode filterCells} leaves. */
  readonly filter: string | null;
  /** Whether our engines tell how long each layer of a network takes. */
  readonly profilesLayers?: boolean;
}

/** What is going to be measured. */
export interface BenchPlan {
  /** The suite. */
  readonly suite: Suite;
  /** Its cells, filtered. */
  readonly cells: readonly Cell[];
  /** How thoroughly. */
  readonly effort: Effort;
  /** Whether it is the shorter kind. */
  readonly quick: boolean;
  /** Whether layers are profiled. */
  readonly profilesLayers: boolean;
  /** Key of the cache entry. */
  readonly key: string;
}

/**
 * Cells whose id or a tag contains the filter, else those of their groups whose name or an engine does. Parts of a filter that are
 * joined by commas must all fit.
 */
export function filterCells(cells: readonly Cell[], filter: string | null): readonly Cell[] {
  if (filter === null) return cells;
  return filter.split(",").reduce(
    (left, part) => left.flatMap((cell) => filterCell(cell, part)),
    cells,
  );
}

function filterCell(cell: Cell, part: string): Cell[] {
  const { name, tags = [], groups } = cell;
  if ([name, ...tags].some((word) => word.includes(part))) return [cell];
  const fitting = groups.filter((group) =>
    [group.name, ...group.contestants].some((word) => word.includes(part))
  );
  return fitting.length === 0 ? [] : [{ ...cell, groups: fitting }];
}

/** Every order of every run comes from this seed, which results name. */
export const BENCH_SEED = 1;

/**
 * Plans a run.
 *
 * @throws {UsageError} If there is no such suite, or the filter leaves no cell.
 */
export async function planBench(request: BenchRequest): Promise<BenchPlan> {
  const suite = findSuite(request.suite);
  const weights = new Map([...request.weights].map(([name, { path }]) => [name, path]));
  const all = suite.cells({ ...request, weights });
  const cells = filterCells(all, request.filter);
  if (cells.length === 0) {
    throw new UsageError(
      `Cannot bench ${suite.id}: no cell contains "${request.filter}", ` +
        `expected a part of e.g. "${all[0]?.name ?? ""}"`,
      { remedy: `deno task bench ${suite.id}` },
    );
  }
  const { profilesLayers = false } = request;
  const effort = suite.effort({ ...request, weights });
  const key = hashOf({
    suite: suite.id,
    cells,
    effort,
    weights: [...request.weights].map(([name, { sha256 }]) => [name, sha256]),
    machine: await machineName(),
    targets: Deno.env.get("SKIPZERO_TARGETS") ?? null,
    form: Deno.env.get("SKIPZERO_FORM") ?? null,
    sources: await hashFolders(MEASURING_SOURCES),
    seed: BENCH_SEED,
    ...profilesLayers && { profilesLayers },
  });
  return { suite, cells, effort, quick: request.quick, profilesLayers, key };
}
