import { assertEquals } from "@std/assert";
import { createRandom, type Mask } from "../../../core/mod.ts";
import { packWeights } from "../../../kernels/mod.ts";
import { blockHeight, move, packPattern, samplePattern, transposeMask } from "./pattern.ts";

const random = createRandom(4);

function draw(rows: number, cols: number, height: number): Mask {
  const kept = new Uint8Array(rows * cols);
  for (let row = 0; row < rows; row += height) {
    for (let col = 0; col < cols; col++) {
      const keep = Number(random.next() < 0.3);
      for (let r = 0; r < height; r++) kept[(row + r) * cols + col] = keep;
    }
  }
  return { rows, cols, kept };
}

Deno.test("blockHeight() is the most rows that share their columns", () => {
  for (const height of [16, 8, 4, 2, 1]) {
    assertEquals(blockHeight(draw(32, 24, height)), height);
  }
  assertEquals(blockHeight(draw(12, 24, 12)), 4);
});

Deno.test("transposeMask() turns rows into columns", () => {
  const mask = { rows: 2, cols: 3, kept: Uint8Array.of(1, 0, 1, 0, 0, 1) };
  assertEquals(transposeMask(mask), {
    rows: 3,
    cols: 2,
    kept: Uint8Array.of(1, 0, 0, 0, 1, 1),
  });
});

Deno.test("packPattern() says where values go, as packing them would", () => {
  for (const height of [1, 4]) {
    const mask = draw(32, 48, height);
    const weights = Float32Array.from(mask.kept, (keep) => keep * random.normal());
    const bias = Float32Array.from({ length: 32 }, () => random.normal());
    for (const isTurned of [false, true]) {
      const turned = transposeMask(mask);
      const found = packPattern(isTurned ? turned : mask, "avx512", isTurned);
      const values = new Float32Array(found.packed.stream.buffer);
      move(found.weights, weights, values);
      if (!isTurned) move(found.biases, bias, values);
      const stored = isTurned ? transposeOf(weights, 32, 48) : weights;
      const wanted = packWeights(
        stored,
        isTurned ? 48 : 32,
        isTurned ? 32 : 48,
        found.packed.pattern,
        { panelLanes: 64, target: "avx512", ...!isTurned && { bias } },
      );
      assertEquals(found.packed.stream, wanted.stream);
    }
  }
});

function transposeOf(weights: Float32Array, rows: number, cols: number): Float32Array {
  return Float32Array.from(weights, (_, i) => weights[(i % rows) * cols + Math.floor(i / rows)]!);
}

Deno.test("samplePattern() names every kept weight once", () => {
  const mask = draw(16, 24, 4);
  const { list, places, blocks } = samplePattern(mask, { rows: 4, cols: 4 });
  assertEquals(blocks, 4);
  assertEquals(
    [...places].filter((place) => place >= 0).sort((a, b) => a - b),
    [...mask.kept.keys()].filter((i) => mask.kept[i] === 1),
  );
  assertEquals(list.length, 2 * blocks + places.length / 4);
});
