/**
 * Whether a network fits a data set, asked of its graph before anything is trained.
 *
 * @module
 */
import type { Graph } from "../../models/mod.ts";

/** @throws {RangeError} If a graph does not give the values that a loss needs: it is another kind of network. */
export function requireOutputs(graph: Graph, data: string, names: readonly string[]): void {
  const found = graph.outputs.map(({ name }) => name);
  if (names.every((name) => found.includes(name))) return;
  throw new RangeError(
    `Cannot train ${graph.name} on ${data}: it gives ${found.join(", ")}, expected ${
      names.join(" and ")
    }`,
  );
}

/** @throws {RangeError} If an input is missing, or other than the first size of its shape differs. */
export function requireInput(
  graph: Graph,
  data: string,
  name: string,
  example: readonly number[],
  batchAxis = 0,
): void {
  const shape = graph.inputs.find((input) => input.name === name)?.shape;
  const found = shape?.filter((_, axis) => axis !== batchAxis);
  if (found?.join() === example.join()) return;
  throw new RangeError(
    `Cannot train ${graph.name} on ${data}: it reads ${
      found ? `[${found}]` : "nothing"
    } of each example as "${name}", expected [${example}]`,
  );
}

/**
 * @param ending How the name of the parameter ends.
 * @param what Rows stand for these, for the message.
 * @throws {RangeError} If a table has fewer rows than the data names.
 */
export function requireRows(
  graph: Graph,
  data: string,
  ending: string,
  least: number,
  what: string,
): void {
  const name = graph.initializers.keys().find((name) => name.endsWith(ending));
  const rows = name === undefined ? 0 : graph.initializers.get(name)!.shape[0]!;
  if (rows >= least) return;
  throw new RangeError(
    `Cannot train ${graph.name} on ${data}: ${least} ${what}, expected at most ${rows} (rows of "${
      name ?? ending
    }")`,
  );
}
