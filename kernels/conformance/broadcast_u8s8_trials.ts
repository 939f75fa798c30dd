/**
 * Trials of `broadcastU8S8`: bytes of the full range, 1 to the most tokens, edge sizes, zero points, saturation. Sums and
 * everything made of them are compared bit for bit.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { packQuads } from "../formats/mod.ts";
import type { KernelCase } from "../kernels.ts";
import { dotBits } from "../machine.ts";
import {
  broadcastU8S8,
  mostByteTokens,
  outputLimits,
  QUAD_BLOCK_ROWS,
  QUAD_BLOCK_UNROLL,
  tokenOutputBytes,
} from "../ops/mod.ts";
import {
  randomWeights,
  referenceDequantize,
  referenceQuantizedSums,
  referenceRequantize,
} from "../reference/mod.ts";
import { filledUp, foldedBias, transposed } from "./quantized.ts";
import { type Bench, call, type Trial } from "./trial.ts";

/** What is tried: output, and whether every block is stored. */
export type BroadcastU8S8Case = Extract<KernelCase, { op: "broadcast_u8s8" }>;

interface Size {
  readonly rows: number;
  readonly cols: number;
  readonly tokens: number;
}

/** Sizes around the block and the turn of the kernel. */
export function broadcastU8S8Trials(kernel: BroadcastU8S8Case, bench: Bench): Trial[] {
  const most = mostByteTokens(bench.target);
  const sizes: Size[] = [
    { rows: 1, cols: 1, tokens: 1 },
    { rows: 16, cols: 16, tokens: 1 },
    { rows: 17, cols: 13, tokens: 2 },
    { rows: 40, cols: 67, tokens: 1 },
    { rows: 33, cols: 17, tokens: most },
    { rows: 15, cols: 200, tokens: most },
  ];
  return sizes.map((size, i) => broadcastU8S8Trial(kernel, bench, size, i % 2 === 1));
}

function broadcastU8S8Trial(
  { output, dense }: BroadcastU8S8Case,
  { target, arena, random }: Bench,
  { rows, cols, tokens }: Size,
  relu: boolean,
): Trial {
  const largest = 2 ** dotBits(target) - 1;
  const pattern = dense
    ? { kind: "dense" } as const
    : { kind: "block", rows: 16, cols: 4 } as const;
  const kept = randomWeights(random, rows, cols, pattern);
  const weights = Int8Array.from(kept, (value) => value === 0 ? 0 : random.integer(256) - 128);
  const tile = { rows: QUAD_BLOCK_ROWS, vectors: 1, unroll: QUAD_BLOCK_UNROLL, sets: 1 };
  const packed = packQuads(weights, rows, cols, pattern, { layout: "quads", panelLanes: 1, tile });
  const padded = packed.rowBlocks * QUAD_BLOCK_ROWS;

  const zeroPoint = random.integer(largest + 1);
  const xStride = 64 * Math.ceil(cols / 64);
  const x = new Uint8Array(tokens * xStride).fill(largest);
  const values = Uint8Array.from({ length: tokens * cols }, () => random.integer(largest + 1));
  for (let token = 0; token < tokens; token++) {
    x.set(values.subarray(token * cols, (token + 1) * cols), token * xStride);
  }
  const bias = Int32Array.from({ length: rows }, () => random.integer(1 << 18) - (1 << 17));
  const scales = Float32Array.from({ length: rows }, () => 2 ** (-20 * random.next()));
  const outZeroPoint = output === "uint8" ? random.integer(largest + 1) : 0;
  const limits = outputLimits(output === "uint8" ? "rows" : "float32", {
    ...{ relu, zeroPoint: outZeroPoint, largest },
  });

  // a line more than needed, which must stay as it is
  const written = padded * tokenOutputBytes(output);
  const yStride = written + 64;
  const y = arena.output(tokens * yStride / 4);
  const kernel = broadcastU8S8({ target, tokens, xStride, yStride, output, dense });
  const step = call(kernel, {
    x: arena.input(x),
    y,
    values: arena.input(packed.values),
    offsets: arena.input(packed.offsets),
    counts: arena.input(packed.counts),
    bias: arena.input(filledUp(foldedBias(weights, cols, bias, zeroPoint), padded)),
    scales: arena.input(filledUp(scales, padded)),
    limits: arena.input(limits),
    cols,
    blocks: packed.rowBlocks,
  });
  return {
    steps: [step],
    prove: () => {
      const lanes = { rows, cols, lanes: tokens };
      const x = transposed(values, tokens);
      const sums = referenceQuantizedSums({ weights, ...lanes, x, zeroPoint, bias });
      const expected = {
        int32: () => sums,
        float32: () => referenceDequantize(sums, scales, relu),
        uint8: () =>
          referenceRequantize(sums, {
            ...{ scales, zeroPoint: outZeroPoint, smallest: relu ? outZeroPoint : 0, largest },
          }),
      }[output]();
      const untouched = new Float32Array(yStride / 4).fill(NaN);
      for (let token = 0; token < tokens; token++) {
        const what = `${rows}x${cols}, token ${token + 1} of ${tokens}`;
        const { buffer } = arena.read(y + token * yStride, yStride / 4);
        const actual = {
          int32: () => new Int32Array(buffer, 0, rows),
          float32: () => new Float32Array(buffer, 0, rows),
          uint8: () => new Uint8Array(buffer, 0, rows),
        }[output]();
        const wanted = Array.from({ length: rows }, (_, row) => expected[row * tokens + token]!);
        assertEquals([...actual], wanted, what);
        assertEquals(
          new Uint8Array(buffer, written),
          new Uint8Array(untouched.buffer, written),
          `${what}: written past the last row`,
        );
      }
    },
  };
}
