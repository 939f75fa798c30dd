/**
 * Linear layers that skip the zeros of both sides: the `sparseSparse` kernel, for a few tokens.
 *
 * Every token has winners of its own, so tokens share no work; threads take whole tokens.
 *
 * @module
 */
import { formatPattern, type Pattern, unitOf } from "../../core/mod.ts";
import type { Backend, Step } from "../backend.ts";
import { columnsOfMatrix, packColumnRecords } from "../formats/mod.ts";
import {
  callStep,
  compressRow,
  elementwise,
  fillRows,
  kthLargest,
  paddingMask,
  sparseSparse,
} from "../ops/mod.ts";
import type { FindingLayer, LayerPort } from "./layer.ts";
import {
  checkRowsLinear,
  newRowsPort,
  placeBias,
  placeData,
  readRows,
  type RowsLinear,
  rowsStride,
  writeRows,
} from "./rows.ts";

/** A linear layer on activations of which few count. */
export interface SparseSparseLinear extends RowsLinear {
  /**
   * k: of each token the k largest activations count (and those equal to the k-th), the others are taken for zero. By
   * default those that are not exactly zero count.
   */
  readonly winners?: number;
  /** Activations of a token that are expected to count, for {@linkcode Layer.work}; default `winners`, else all. */
  readonly active?: number;
}

/** A sparse-sparse layer, whose parts can be timed apart. */
export interface SparseSparseLayer extends FindingLayer {
  /** Parts of `steps` in their order, one list a thread: each needs what those before it have left. */
  readonly stages: {
    /** Finds the k-th largest activation; empty without winners. */
    readonly winners: readonly (readonly Step[])[];
    /** Lists the activations that count. */
    readonly list: readonly (readonly Step[])[];
    /** Bias, product, post-op. */
    readonly product: readonly (readonly Step[])[];
  };
}

/**
 * Packs a linear layer by inputs and plans its calls. Input and output are `rows`.
 *
 * Weights meet only activations that count: a NaN or an infinity reaches the outputs that store its column; weights that
 * are NaN or infinite are not multiplied with zeros.
 *
 * @throws {RangeError} If sizes, winners, threads or the input port do not fit, or the arena is exhausted.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePattern } from "../../core/mod.ts";
 * import { openBackend } from "../open.ts";
 * using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
 * const layer = prepareSparseSparse(backend, {
 *   weights: Float32Array.of(1, 2, 3, 4),
 *   rows: 2,
 *   cols: 2,
 *   pattern: parsePattern("unstructured"),
 *   lanes: 1,
 *   winners: 1,
 * });
 * using program = backend.build(layer.steps);
 * layer.writeInput(Float32Array.of(5, 7));
 * program.run();
 * assertEquals([...layer.readOutput()], [14, 28]);
 * ```
 */
export function prepareSparseSparse(
  backend: Backend,
  linear: SparseSparseLinear,
): SparseSparseLayer {
  checkRowsLinear(linear);
  const { rows, cols, pattern, lanes, threads = 1, winners, weights } = linear;
  if (winners !== undefined && !(Number.isInteger(winners) && winners >= 1 && winners <= cols)) {
    throw new RangeError(
      `Cannot prepare layer: ${winners} winners, expected an integer from 1 to the ${cols} inputs`,
    );
  }
  const rowsPerBlock = columnRows(pattern);
  const written = rowsPerBlock * Math.ceil(rows / rowsPerBlock);
  const columns = columnsOfMatrix(weights, rows, cols, rowsPerBlock, pattern.kind === "dense");
  const packed = packColumnRecords(columns, cols, rowsPerBlock);
  const { target } = backend;
  const input = linear.input ?? newRowsPort(backend, lanes, cols);
  const output = newRowsPort(backend, lanes, written);
  const places: Places = {
    input: { ...input, stride: rowsStride(cols) },
    output: { ...output, stride: rowsStride(written) },
    records: placeData(backend, packed.records),
    starts: placeData(backend, packed.starts),
    bias: placeBias(backend, linear.bias, rowsStride(written) / 4),
    k: placeData(backend, Float32Array.of(winners ?? 0)),
    padding: placeData(backend, paddingMask(target, cols)),
  };
  const kernel = sparseSparse({ target, rowsPerBlock, wide: packed.wide });
  const tokens = Array.from(
    { length: lanes },
    (_, token) => tokenSteps(backend, linear, places, kernel, token),
  );
  const share = (steps: (token: TokenSteps) => readonly Step[]) =>
    Array.from(
      { length: threads },
      (_, thread) => tokens.filter((_, token) => token % threads === thread).flatMap(steps),
    );
  const macs = weights.reduce((count, weight) => weight === 0 ? count : count + 1, 0);
  const fraction = Math.min(1, (linear.active ?? winners ?? cols) / cols);
  return {
    kernelId: kernel.id,
    reason: `${lanes} lanes: ${formatPattern(pattern)} by ${
      winners === undefined ? "activations that are not zero" : `${winners} winners`
    }`,
    input,
    output,
    work: {
      macs: macs * lanes * fraction,
      denseMacs: rows * cols * lanes,
      executedMacs: columns.weights.length * lanes * fraction,
      weightBytes: fraction * lanes * packed.records.byteLength + packed.starts.byteLength,
      activationBytes: input.sizeBytes + output.sizeBytes,
    },
    steps: share(({ winners, list, product }) => [...winners, ...list, ...product]),
    finding: share(({ winners, list }) => [...winners, ...list]),
    stages: {
      winners: share(({ winners }) => winners),
      list: share(({ list }) => list),
      product: share(({ product }) => product),
    },
    writeInput: (values) => writeRows(backend, input, values, { lanes, features: cols }),
    readOutput: () => readRows(backend, output, { lanes, features: rows }),
  };
}

/** R: outputs of a column: 16, 8 or 4 if they divide the pattern's blocks, else 1. */
export function columnRows(pattern: Pattern): 1 | 4 | 8 | 16 {
  if (pattern.kind === "dense") return 16;
  const { rows } = unitOf(pattern);
  return ([16, 8, 4] as const).find((height) => rows % height === 0) ?? 1;
}

/** Where everything lies. */
interface Places {
  readonly input: LayerPort & { readonly stride: number };
  readonly output: LayerPort & { readonly stride: number };
  readonly records: number;
  readonly starts: number;
  readonly bias: number;
  readonly k: number;
  readonly padding: number;
}

/** Calls of one token. */
interface TokenSteps {
  readonly winners: readonly Step[];
  readonly list: readonly Step[];
  readonly product: readonly Step[];
}

function tokenSteps(
  backend: Backend,
  { cols, winners, post = "none" }: SparseSparseLinear,
  { input, output, records, starts, bias, k, padding }: Places,
  product: ReturnType<typeof sparseSparse>,
  token: number,
): TokenSteps {
  const { target } = backend;
  const [x, y] = [input.address + token * input.stride, output.address + token * output.stride];
  const threshold = backend.allocate(64);
  const values = backend.allocate(input.stride + 64);
  const offsets = backend.allocate(input.stride + 64);
  const count = backend.allocate(4);
  const largest = kthLargest({ target });
  const list = compressRow({ target, keep: winners === undefined ? "non-zeros" : "winners" });
  const fill = fillRows({ target });
  const listed = { x, length: input.stride / 4, threshold, starts, values, offsets, count };
  const filled = { from: bias, to: y, length: output.stride / 4, rows: 1 };
  return {
    winners: winners === undefined
      ? []
      : [callStep(largest, { x, length: cols, k, padding, threshold })],
    list: [callStep(list, listed)],
    product: [
      callStep(fill, filled),
      callStep(product, { values, offsets, count, records, y }),
      ...post === "none" ? [] : [postStep(target, post, y, output.stride / 4)],
    ],
  };
}

function postStep(
  target: Backend["target"],
  post: Parameters<typeof elementwise>[0]["post"],
  y: number,
  length: number,
): Step {
  const kernel = elementwise({ target, post });
  return callStep(kernel, { x: y, y, length });
}
