/**
 * Which parameters of a graph a batch reads a few rows of, and how the batch is told to read a small table of those rows instead.
 *
 * @module
 */
import { sizeOf, type Tensor } from "../core/mod.ts";
import { CONSTANT_PREFIX, type Graph, numberAttribute } from "../models/mod.ts";

/** A parameter that is read by the indices of an input, and by nothing else. */
export interface LookUp {
  /** Name of the parameter `[rows, ...]`. */
  readonly parameter: string;
  /** Input that holds the indices. */
  readonly input: string;
  /** The part of the input, along its first axis, that is meant; `null` = all of it. */
  readonly part: number | null;
}

/** Tables with fewer rows are read so often that all of them are wanted each step. */
const LEAST_ROWS = 16;

/** The look-ups of a graph. A table that is read in any other way, or whose indices are, too, is none. */
export function findLookUps(graph: Graph): readonly LookUp[] {
  const readers = new Map<string, number>();
  const count = (name: string): unknown => readers.set(name, (readers.get(name) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.forEach(count);
  for (const { name } of graph.outputs) count(name);
  const found = graph.nodes.flatMap((node): LookUp[] => {
    const [parameter, indices] = node.inputs as [string, string]; // of the nodes that are left below
    if (node.op !== "Gather" || numberAttribute(node, "axis") !== 0) return [];
    const shape = graph.initializers.get(parameter)?.shape ?? [];
    const plain = !parameter.startsWith(CONSTANT_PREFIX) && readers.get(parameter) === 1 &&
      readers.get(indices) === 1;
    if (!plain || shape.length < 2 || shape[0]! < LEAST_ROWS) return [];
    const place = placeOf(graph, indices);
    return place === null ? [] : [{ parameter, ...place }];
  });
  const key = ({ input, part }: LookUp): string => `${input} ${part}`;
  const unique = found.filter((one) => found.filter((other) => key(other) === key(one)).length < 2);
  return unique.filter(({ input, part }) => part !== null || readers.get(input) === 1);
}

/** The input, or the row of an input, that a value is. */
function placeOf(graph: Graph, name: string): Pick<LookUp, "input" | "part"> | null {
  const isInput = (value: string): boolean => graph.inputs.some((input) => input.name === value);
  if (isInput(name)) return { input: name, part: null };
  const maker = graph.nodes.find(({ outputs }) => outputs.includes(name));
  if (maker?.op !== "Gather" || numberAttribute(maker, "axis") !== 0) return null;
  const [input, index] = maker.inputs as [string, string]; // as many as Gather has
  const constant = graph.initializers.get(index);
  if (!isInput(input) || constant?.shape.length !== 0) return null;
  return { input, part: Number(constant.data[0]!) };
}

/** Inputs that read small tables, and the rows that these hold. */
export interface Compacted {
  /** Inputs with places in the small tables in place of rows. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Rows of the small tables, by parameter; each row once. */
  readonly rows: ReadonlyMap<string, Int32Array<ArrayBuffer>>;
}

/**
 * Lets inputs read small tables that hold only the rows that they name.
 *
 * @throws {RangeError} If a row is not in its table, as when the data has other words than the network.
 */
export function compact(
  inputs: Readonly<Record<string, Tensor>>,
  lookUps: readonly (LookUp & { readonly rows: number })[],
): Compacted {
  const changed: Record<string, Tensor> = { ...inputs };
  const rows = new Map<string, Int32Array<ArrayBuffer>>();
  for (const { parameter, input, part, rows: most } of lookUps) {
    if (changed[input] === inputs[input]) changed[input] = integersOf(inputs[input]!);
    const { data, shape } = changed[input] as { data: Int32Array; shape: readonly number[] }; // made above
    const size = part === null ? data.length : sizeOf(shape.slice(1));
    const places = data.subarray((part ?? 0) * size, (part ?? 0) * size + size);
    const placeOf = new Map<number, number>();
    for (let i = 0; i < size; i++) {
      const row = places[i]!;
      if (!(row >= 0 && row < most)) {
        throw new RangeError(
          `Cannot look up row ${row} of "${parameter}": expected 0 to ${most - 1}`,
        );
      }
      let place = placeOf.get(row);
      if (place === undefined) placeOf.set(row, place = placeOf.size);
      places[i] = place;
    }
    rows.set(parameter, Int32Array.from(placeOf.keys()));
  }
  return { inputs: changed, rows };
}

function integersOf({ shape, data }: Tensor): Tensor {
  return { dtype: "int32", shape, data: Int32Array.from(data, Number) };
}
