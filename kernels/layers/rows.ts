/**
 * Linear layers whose activations are rows: `[token][feature]`, each token's features padded to 16.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";
import type { Backend } from "../backend.ts";
import type { PostOp } from "../ops/mod.ts";
import type { LayerPlace, LayerPort } from "./layer.ts";

/** A linear layer on rows: `y = post(W · x + bias)`. */
export interface RowsLinear extends LayerPlace {
  /** Row-major `rows × cols` float32; zeros are found in the values. */
  readonly weights: Float32Array;
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** Pattern that the weights are packed as; any weights can be packed as any. */
  readonly pattern: Pattern;
  /** Tokens of a call. */
  readonly lanes: number;
  /** `rows` float32; default zeros. */
  readonly bias?: Float32Array;
  /** Applied to the sums; default `none`. */
  readonly post?: PostOp;
}

/** The layout of a port whose tokens are rows. */
export const ROWS_LAYOUT = "rows";

/** Features of a token are padded to whole vectors of the widest registers. */
const FEATURES = 16;

/** Bytes from one token to the next. */
export function rowsStride(features: number): number {
  return 4 * FEATURES * Math.ceil(features / FEATURES);
}

/** Takes room for `lanes` tokens of `features` float32. */
export function newRowsPort(backend: Backend, lanes: number, features: number): LayerPort {
  const sizeBytes = lanes * rowsStride(features);
  return {
    address: backend.allocate(sizeBytes),
    sizeBytes,
    layout: ROWS_LAYOUT,
    type: "float32",
  };
}

/** Copies data into the arena. @returns Its address. */
export function placeData(backend: Backend, data: ArrayBufferView): number {
  const address = backend.allocate(data.byteLength);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  backend.bytes(address, data.byteLength).set(bytes);
  return address;
}

/** Places a bias of `rows` values, padded with zeros to `padded`. */
export function placeBias(
  backend: Backend,
  bias: Float32Array | undefined,
  padded: number,
): number {
  const values = new Float32Array(padded);
  if (bias) values.set(bias);
  return placeData(backend, values);
}

/**
 * Writes `[lane][channel]` values into a port.
 *
 * @throws {RangeError} If there are not `lanes * features` float32.
 */
export function writeRows(
  backend: Backend,
  port: LayerPort,
  values: Float32Array | Uint8Array,
  { lanes, features }: { readonly lanes: number; readonly features: number },
): void {
  if (!(values instanceof Float32Array) || values.length !== lanes * features) {
    throw new RangeError(
      `Cannot write input: ${values.length} values (${values.constructor.name}), expected ${lanes} lanes x ${features} channels of float32`,
    );
  }
  const stride = port.sizeBytes / lanes / 4;
  const room = backend.float32(port.address, port.sizeBytes / 4);
  for (let lane = 0; lane < lanes; lane++) {
    room.set(values.subarray(lane * features, (lane + 1) * features), lane * stride);
  }
}

/** Reads a port back as `[lane][channel]`. Allocates the result. */
export function readRows(
  backend: Backend,
  port: LayerPort,
  { lanes, features }: { readonly lanes: number; readonly features: number },
): Float32Array<ArrayBuffer> {
  const stride = port.sizeBytes / lanes / 4;
  const room = backend.float32(port.address, port.sizeBytes / 4);
  const values = new Float32Array(lanes * features);
  for (let lane = 0; lane < lanes; lane++) {
    values.set(room.subarray(lane * stride, lane * stride + features), lane * features);
  }
  return values;
}

/** Checks sizes and the input port. @throws {RangeError} If one does not fit; names both sizes. */
export function checkRowsLinear(linear: Omit<RowsLinear, "pattern" | "post">): void {
  const { weights, rows, cols, lanes, bias, input, threads = 1 } = linear;
  for (const [name, value] of Object.entries({ rows, cols, lanes, threads })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot prepare layer: ${name} is ${value}, expected a positive integer`,
      );
    }
  }
  if (weights.length !== rows * cols) {
    throw new RangeError(
      `Cannot prepare layer: ${weights.length} weights, expected ${rows} rows x ${cols} columns`,
    );
  }
  if (bias !== undefined && bias.length !== rows) {
    throw new RangeError(`Cannot prepare layer: ${bias.length} biases, expected ${rows} rows`);
  }
  const needed = lanes * rowsStride(cols);
  if (
    input &&
    (input.layout !== ROWS_LAYOUT || input.type !== "float32" || input.sizeBytes !== needed)
  ) {
    throw new RangeError(
      `Cannot prepare layer: input is ${input.sizeBytes} bytes of ${input.type} in ${input.layout}, ` +
        `expected ${needed} bytes of float32 in ${ROWS_LAYOUT}`,
    );
  }
}

/** Cuts `blocks` into a run for each thread with about as many stored columns, one block costing about two columns. */
export function cutBlocks(
  blocks: number,
  starts: Uint32Array,
  threads: number,
): readonly (readonly [from: number, to: number])[] {
  const cost = (block: number): number => starts[block]! + 2 * block;
  const cut = (thread: number): number => {
    const before = cost(blocks) * thread / threads;
    let block = 0;
    while (block < blocks && cost(block) + cost(block + 1) < 2 * before) block++;
    return thread === threads ? blocks : block;
  };
  return Array.from({ length: threads }, (_, i) => [cut(i), cut(i + 1)] as const);
}

/** Bytes of activations that stay in a first-level cache of 48 KiB beside the weights that stream through it. */
const CACHED_BYTES = 2 ** 15;
/** So many tokens read the weights together even if their activations do not stay there. */
const LEAST_TOKENS = 8;

/**
 * Tokens that one call computes: more would save reading the weights again, but push their activations out of the
 * first-level cache. 16 tokens of 1024 features take as long at once as 8 and 8.
 *
 * @param most What the kernel can hold.
 */
export function tokensPerCall(most: number, cols: number): number {
  return Math.min(most, Math.max(LEAST_TOKENS, Math.floor(CACHED_BYTES / rowsStride(cols))));
}

/** Cuts tokens into runs of at most `most`, as equal as can be. */
export function cutTokens(tokens: number, most: number): TokenRun[] {
  const runs = Math.ceil(tokens / most);
  return Array.from({ length: runs }, (_, i) => {
    const [first, end] = [Math.floor(tokens * i / runs), Math.floor(tokens * (i + 1) / runs)];
    return { first, count: end - first };
  });
}

/** Tokens that one call computes. */
export interface TokenRun {
  /** The first. */
  readonly first: number;
  /** How many. */
  readonly count: number;
}
