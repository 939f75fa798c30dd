/**
 * INT8 linear layers of a few tokens whose lanes are blocks of 16 output rows: the `broadcastU8S8` kernel.
 *
 * Threads take runs of row blocks with as many stored blocks of weights each; no output is written by two.
 *
 * @module
 */
import { formatPattern } from "../../core/mod.ts";
import type { Backend, Step } from "../backend.ts";
import { type PackedQuads, packQuads } from "../formats/mod.ts";
import {
  broadcastU8S8,
  type BroadcastU8S8Arguments,
  mostByteTokens,
  outputLimits,
  QUAD,
  QUAD_BLOCK_ROWS,
  QUAD_BLOCK_UNROLL,
  type TokenOutput,
  tokenOutputBytes,
} from "../ops/mod.ts";
import type { Layer, LayerPort } from "./layer.ts";
import {
  checkActivations,
  checkQuantized,
  foldBias,
  largestByte,
  type QuantizedShape,
} from "./quantized_shape.ts";
import { cutBlocks, cutTokens, placeData, ROWS_LAYOUT, rowsStride } from "./rows.ts";

/** What becomes of the sums of a quantised layer of a few tokens. */
export type QuantizedTokenResult =
  | {
    /** The sums as they are. */
    readonly kind: "int32";
  }
  | {
    /** `sum * scale`; the port has the layout of the float32 layers of a few tokens. */
    readonly kind: "float32";
    /** Factor of each row: `xScale * wScale[row]`. */
    readonly scales: Float32Array;
    /** Whether negative values become 0; default false. */
    readonly relu?: boolean;
  }
  | {
    /** `round(sum * scale) + zeroPoint`, saturated: unsigned bytes for another layer of this kind. */
    readonly kind: "uint8";
    /** Factor of each row: `xScale * wScale[row] / yScale`. */
    readonly scales: Float32Array;
    /** The byte that stands for 0; default 0. */
    readonly zeroPoint?: number;
    /** Whether negative values become 0; default false. */
    readonly relu?: boolean;
  };

/** An INT8 linear layer of a few tokens. */
export interface QuantizedBroadcast extends QuantizedShape {
  /** What becomes of the sums. */
  readonly result: QuantizedTokenResult;
}

/** The layout of a port of bytes whose tokens are rows. */
export const BYTE_TOKENS_LAYOUT = "byte tokens";

const LINE_BYTES = 64;

/**
 * Packs an INT8 linear layer in blocks of 16 outputs by 4 inputs and plans its calls. Any pattern can be packed so; those
 * whose units are such blocks, as `dlrm-4x16`, store no zero.
 *
 * @throws {RangeError} If sizes, zero points, scales, threads or the input port do not fit, a sum could leave 32 bits, or
 * the arena is exhausted.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePattern } from "../../core/mod.ts";
 * import { openBackend } from "../open.ts";
 * using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
 * const layer = prepareQuantizedBroadcast(backend, {
 *   weights: Int8Array.of(1, -2, 3, 0),
 *   rows: 1,
 *   cols: 4,
 *   pattern: parsePattern("1x4"),
 *   lanes: 1,
 *   zeroPoint: 10,
 *   result: { kind: "int32" },
 * });
 * using program = backend.build(layer.steps);
 * layer.writeInput(Uint8Array.of(11, 12, 13, 14));
 * program.run();
 * assertEquals([...layer.readOutput()], [1 * 1 - 2 * 2 + 3 * 3]);
 * ```
 */
export function prepareQuantizedBroadcast(backend: Backend, linear: QuantizedBroadcast): Layer {
  const { weights, rows, cols, pattern, lanes, threads = 1, result } = linear;
  checkQuantized(linear, result, backend);
  const packed = packQuads(weights, rows, cols, pattern, {
    layout: "quads",
    panelLanes: 1, // offsets are bytes of a token
    tile: { rows: QUAD_BLOCK_ROWS, vectors: 1, unroll: QUAD_BLOCK_UNROLL, sets: 1 },
  });
  const input = linear.input ?? newPort(backend, lanes, cols, "uint8");
  checkInput(input, lanes * strideOf(cols, "uint8"));
  const output = newPort(backend, lanes, rows, result.kind);
  const whole = callOf(backend, linear, packed, input, output);
  const runs = cutTokens(lanes, mostByteTokens(backend.target));
  const steps = cutBlocks(packed.rowBlocks, packed.starts, threads).map(([from, to]) =>
    from === to ? [] : runs.map((run) => stepOf(backend, linear, packed, whole, run, [from, to]))
  );
  const { values, offsets, counts, macs } = packed;
  return {
    kernelId: steps.flat().find((step) => step.do === "call")?.kernel.id ?? "",
    reason: `${lanes} lanes: ${formatPattern(pattern)} in blocks of 16 outputs by 4 inputs`,
    input,
    output,
    work: {
      macs: macs * lanes,
      denseMacs: rows * cols * lanes,
      executedMacs: packed.stored * lanes,
      weightBytes: runs.length * (values.byteLength + offsets.byteLength + counts.byteLength),
      activationBytes: input.sizeBytes + output.sizeBytes,
    },
    steps,
    writeInput: (values) => {
      checkActivations(values, lanes, cols, backend);
      const room = backend.bytes(input.address, input.sizeBytes);
      for (let lane = 0; lane < lanes; lane++) {
        room.set(
          values.subarray(lane * cols, (lane + 1) * cols),
          lane * strideOf(cols, "uint8"),
        );
      }
    },
    readOutput: () => readTokens(backend, output, lanes, rows, result.kind),
  };
}

function callOf(
  backend: Backend,
  linear: QuantizedBroadcast,
  packed: PackedQuads,
  input: LayerPort,
  output: LayerPort,
): BroadcastU8S8Arguments {
  const { result, cols } = linear;
  const padded = packed.rowBlocks * QUAD_BLOCK_ROWS;
  const place = (data: ArrayBufferView): number => placeData(backend, data);
  const scales = new Float32Array(padded);
  if (result.kind !== "int32") scales.set(result.scales);
  return {
    x: input.address,
    y: output.address,
    values: place(packed.values),
    offsets: place(packed.offsets),
    counts: place(packed.counts),
    bias: place(foldBias(linear, padded)),
    scales: result.kind === "int32" ? 0 : place(scales),
    limits: result.kind === "int32" ? 0 : place(
      outputLimits(result.kind === "float32" ? "float32" : "rows", {
        relu: result.relu ?? false,
        zeroPoint: result.kind === "uint8" ? result.zeroPoint ?? 0 : 0,
        largest: largestByte(backend),
      }),
    ),
    cols,
    blocks: packed.rowBlocks,
  };
}

function stepOf(
  { target }: Backend,
  { rows, cols, pattern, result }: QuantizedBroadcast,
  { starts }: PackedQuads,
  whole: BroadcastU8S8Arguments,
  { first, count }: { readonly first: number; readonly count: number },
  [from, to]: readonly [number, number],
): Step {
  const [xStride, yStride] = [strideOf(cols, "uint8"), strideOf(rows, result.kind)];
  const dense = pattern.kind === "dense";
  const down = from * QUAD_BLOCK_ROWS;
  const before = starts[from]!;
  const kernel = broadcastU8S8({
    ...{ target, tokens: count, xStride, yStride, output: result.kind, dense },
  });
  const args = kernel.args({
    ...whole,
    x: whole.x + first * xStride,
    y: whole.y + first * yStride + down * tokenOutputBytes(result.kind),
    values: whole.values + before * QUAD_BLOCK_ROWS * QUAD,
    offsets: dense ? 0 : whole.offsets + 4 * before,
    counts: dense ? 0 : whole.counts + 4 * from,
    bias: whole.bias + 4 * down,
    scales: result.kind === "int32" ? 0 : whole.scales + 4 * down,
    blocks: to - from,
  });
  return { do: "call", kernel, args };
}

/** Bytes from one token to the next. */
function strideOf(features: number, type: TokenOutput): number {
  return type === "uint8" ? LINE_BYTES * Math.ceil(features / LINE_BYTES) : rowsStride(features);
}

function newPort(backend: Backend, lanes: number, features: number, type: TokenOutput): LayerPort {
  const sizeBytes = lanes * strideOf(features, type);
  return {
    address: backend.allocate(sizeBytes),
    sizeBytes,
    layout: type === "uint8" ? BYTE_TOKENS_LAYOUT : ROWS_LAYOUT,
    type,
  };
}

function readTokens(
  backend: Backend,
  { address, sizeBytes }: LayerPort,
  lanes: number,
  features: number,
  type: TokenOutput,
): Uint8Array | Int32Array | Float32Array {
  const bytes = backend.bytes(address, sizeBytes);
  const { buffer, byteOffset } = bytes;
  const room = {
    uint8: () => bytes,
    int32: () => new Int32Array(buffer, byteOffset, sizeBytes / 4),
    float32: () => new Float32Array(buffer, byteOffset, sizeBytes / 4),
  }[type]();
  const stride = room.length / lanes;
  const kept = (_: number, i: number): boolean => i % stride < features;
  return room.filter(kept);
}

function checkInput(port: LayerPort, needed: number): void {
  const fits = port.sizeBytes === needed && port.address % LINE_BYTES === 0;
  if (port.layout !== BYTE_TOKENS_LAYOUT || port.type !== "uint8" || !fits) {
    throw new RangeError(
      `Cannot prepare layer: input is ${port.sizeBytes} bytes of ${port.type} in ${port.layout} at ${port.address}, ` +
        `expected ${needed} bytes of uint8 in ${BYTE_TOKENS_LAYOUT}, aligned to ${LINE_BYTES} bytes`,
    );
  }
}
