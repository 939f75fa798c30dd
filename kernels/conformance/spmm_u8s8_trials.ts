/**
 * Trials of `spmm_u8s8`: bytes of the full range, edge sizes, several panels with gaps, zero points, saturation. Sums and
 * everything made of them are compared bit for bit.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Random } from "../../core/mod.ts";
import { packQuads, readBytePanels, writeBytePanels } from "../formats/mod.ts";
import type { KernelCase } from "../kernels.ts";
import { dotBits } from "../machine.ts";
import {
  byteLayoutOf,
  bytePanelBytes,
  outputBytes,
  outputLimits,
  quadTileOf,
  type QuantizedOutput,
  spmmU8S8,
} from "../ops/mod.ts";
import {
  randomWeights,
  referenceDequantize,
  referenceQuantizedSums,
  referenceRequantize,
} from "../reference/mod.ts";
import { filledUp, foldedBias, transposed } from "./quantized.ts";
import { type Bench, call, type Trial } from "./trial.ts";

/** What is tried: pattern, output. */
export type SpmmU8S8Case = Extract<KernelCase, { op: "spmm_u8s8" }>;

interface Size {
  readonly rows: number;
  readonly cols: number;
  readonly panels: number;
  readonly panelLanes: number;
}

/** Sizes around the tile of the kernel: 1, a prime, one less, as many, one more. */
export function spmmU8S8Trials(kernel: SpmmU8S8Case, bench: Bench): Trial[] {
  const { rows: unit } = quadTileOf(kernel.pattern, bench.target, 64);
  const narrow = byteLayoutOf(kernel.pattern) === "quads" && kernel.output !== "rows";
  const sizes: Size[] = [
    { rows: 1, cols: 1, panels: 1, panelLanes: 64 },
    { rows: 7, cols: 13, panels: 2, panelLanes: 64 },
    { rows: Math.max(1, unit - 1), cols: 8, panels: 1, panelLanes: 64 },
    { rows: unit, cols: 12, panels: 3, panelLanes: 64 },
    { rows: unit + 1, cols: 20, panels: 1, panelLanes: 128 },
    { rows: 3 * unit, cols: 67, panels: 1, panelLanes: 64 },
    ...narrow
      ? [
        { rows: unit, cols: 16, panels: 2, panelLanes: 16 },
        { rows: 2 * unit, cols: 16, panels: 1, panelLanes: 48 },
      ]
      : [],
  ];
  return sizes.map((size, i) => spmmU8S8Trial(kernel, bench, size, i % 2 === 1));
}

function spmmU8S8Trial(
  { pattern, output }: SpmmU8S8Case,
  { target, arena, random }: Bench,
  size: Size,
  relu: boolean,
): Trial {
  const { rows, cols, panels, panelLanes } = size;
  const layout = byteLayoutOf(pattern);
  const tile = quadTileOf(pattern, target, panelLanes);
  const kept = randomWeights(random, rows, cols, pattern);
  const weights = Int8Array.from(kept, (value) => value === 0 ? 0 : byte(random) - 128);
  const packed = packQuads(weights, rows, cols, pattern, { layout, panelLanes, tile });
  const padded = packed.rowBlocks * tile.rows;

  const largest = 2 ** dotBits(target) - 1;
  const zeroPoint = random.integer(largest + 1);
  const tokens = Uint8Array.from(
    { length: panels * panelLanes * cols },
    () => random.integer(largest + 1),
  );
  const xStride = bytePanelBytes(cols, panelLanes, layout) + panelLanes;
  const x = new Uint8Array(panels * xStride).fill(largest);
  const shape = { tokens: panels * panelLanes, panelLanes, target };
  writeBytePanels(x, tokens, { ...shape, rows: cols, layout, panelStride: xStride });

  const bias = Int32Array.from({ length: rows }, () => random.integer(1 << 18) - (1 << 17));
  // from a hundredth of the steps of a byte to a thousand times more than fit
  const scales = Float32Array.from({ length: rows }, () => 2 ** (-20 * random.next()));
  const outZeroPoint = output === "float32" ? 0 : random.integer(largest + 1);
  const limits = { relu, zeroPoint: outZeroPoint, largest };

  // a few bytes more than needed, which must stay as they are
  const written = outputBytes(padded, panelLanes, output);
  const yStride = written + 4 * panelLanes;
  const y = arena.output(panels * yStride / 4);
  const step = call(spmmU8S8({ target, pattern, output, panelLanes }), {
    x: arena.input(x),
    xPanelStride: xStride,
    y,
    yPanelStride: yStride,
    values: arena.input(packed.values),
    offsets: arena.input(packed.offsets),
    counts: arena.input(packed.counts),
    bias: arena.input(filledUp(foldedBias(weights, cols, bias, zeroPoint), padded)),
    scales: arena.input(filledUp(scales, padded)),
    limits: arena.input(outputLimits(output === "int32" ? "float32" : output, limits)),
    cols,
    rowBlocks: packed.rowBlocks,
    panels,
  });

  const prove = (panel: number): void => {
    const from = tokens.subarray(panel * panelLanes * cols, (panel + 1) * panelLanes * cols);
    const problem = { weights, rows, cols, lanes: panelLanes, bias, zeroPoint };
    const sums = referenceQuantizedSums({ ...problem, x: transposed(from, panelLanes) });
    const bytes = bytesOf(arena.read(y + panel * yStride, yStride / 4));
    const what = `${rows}x${cols}, panel ${panel + 1} of ${panels}, P=${panelLanes}`;
    const smallest = relu ? outZeroPoint : 0;
    const expected = {
      int32: () => sums,
      float32: () => referenceDequantize(sums, scales, relu),
      rows: () => referenceRequantize(sums, { scales, zeroPoint: outZeroPoint, smallest, largest }),
      quads: () =>
        referenceRequantize(sums, { scales, zeroPoint: outZeroPoint, smallest, largest }),
    }[output]();
    assertEquals(valuesOf(bytes, output, { ...shape, tokens: panelLanes, rows }), expected, what);
    assert(
      bytes.subarray(written).every((value, i) => value === UNTOUCHED[i % 4]),
      `${what}: written past the last row`,
    );
  };
  return {
    steps: [step],
    prove: () => Array.from({ length: panels }, (_, panel) => prove(panel)),
  };
}

/** What the arena fills outputs with. */
const UNTOUCHED = bytesOf(Float32Array.of(NaN));

function bytesOf(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

function byte(random: Random): number {
  return random.integer(256);
}

/** A panel of outputs as `[row][lane]`. */
function valuesOf(
  bytes: Uint8Array,
  output: QuantizedOutput,
  shape: Omit<Parameters<typeof readBytePanels>[1], "layout">,
): Int32Array | Float32Array | Uint8Array {
  const { tokens, rows } = shape;
  switch (output) {
    case "int32":
      return new Int32Array(bytes.buffer, bytes.byteOffset, tokens * rows);
    case "float32":
      return new Float32Array(bytes.buffer, bytes.byteOffset, tokens * rows);
    default:
      return transposed(readBytePanels(bytes, { ...shape, layout: output }), tokens);
  }
}
