/**
 * Inputs for any graph, where only speed and agreement matter.
 *
 * @module
 */
import { createRandom, float32, int64, type Random, sizeOf, type Tensor } from "../core/mod.ts";
import type { Graph, ValueInfo } from "./graph.ts";

/**
 * Random inputs: normal numbers for float32, rows of the tables that they pick from for int64, and ones for integers that pick nothing,
 * such as masks.
 *
 * @throws {TypeError} If an input has another element type.
 */
export function drawInputs(graph: Graph, seed: number | string = 0): Record<string, Tensor> {
  const random = createRandom(seed);
  return Object.fromEntries(
    graph.inputs.map((input) => [input.name, drawInput(graph, input, random.fork(input.name))]),
  );
}

function drawInput(graph: Graph, { name, dtype, shape }: ValueInfo, random: Random): Tensor {
  const size = sizeOf(shape);
  if (dtype === "float32") return float32(shape, new Float32Array(size).map(() => random.normal()));
  if (dtype !== "int64") {
    throw new TypeError(`Cannot draw input "${name}": ${dtype}, expected float32 or int64`);
  }
  const rows = shape[0] ?? 1;
  const bounds = Array.from({ length: rows }, (_, row) => tableRows(graph, name, row));
  return int64(
    shape,
    Array.from({ length: size }, (_, i) => {
      const bound = bounds[Math.floor(i / (size / rows))];
      return bound === null ? 1 : random.integer(bound!); // one bound a row
    }),
  );
}

/** Rows of the smallest table that a row of an input picks from, directly or once it is picked itself; `null` if none. */
function tableRows(graph: Graph, name: string, row: number): number | null {
  const picked = (reader: Graph["nodes"][number]): number[] => {
    if (reader.op !== "Gather") return [];
    const [data, indices] = reader.inputs;
    const table = graph.initializers.get(data!);
    if (indices === name) return table ? [table.shape[0]!] : [];
    const index = graph.initializers.get(indices!);
    if (data !== name || Number(index?.data[0]) !== row) return [];
    return tablesOf(reader.outputs[0]!);
  };
  const tablesOf = (indices: string): number[] =>
    graph.nodes.flatMap(({ op, inputs: [data, read] }) =>
      op === "Gather" && read === indices
        ? graph.initializers.get(data!)?.shape.slice(0, 1) ?? []
        : []
    );
  const found = graph.nodes.flatMap(picked);
  return found.length === 0 ? null : Math.min(...found);
}
