import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { float32 } from "../core/mod.ts";
import { writeSafetensors } from "../models/mod.ts";
import type { TrainingRecord } from "../training/mod.ts";
import { maskPictures, pack } from "./mask_pictures.ts";

function layer(name: string, rows: number, cols: number): TrainingRecord["layers"][number] {
  return { name, rows, cols, pattern: "4x1", sparsity: 0.5, proved: true, violation: null };
}

Deno.test("pack() puts the first weight into the highest bit", () => {
  assertEquals(pack(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1, 1)), btoa("\x81\x80"));
});

Deno.test("maskPictures() takes the first layers of two shapes, and none that is too large", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const layers = [
      layer("huge", 2048, 1024),
      layer("query", 2, 4),
      layer("key", 2, 4),
      layer("up", 4, 2),
      layer("down", 1, 8),
    ];
    const weights = Float32Array.of(0, 1, 0, 1, 0, 1, 0, 1);
    const tensors = ["query", "key", "up", "down"].map((name) => {
      const { rows, cols } = layers.find((layer) => layer.name === name)!;
      return [name, float32([rows, cols], weights)] as const;
    });
    await writeSafetensors(join(directory, "sparse-7.safetensors"), new Map(tensors));
    const masks = await maskPictures({ layers, seeds: [7, 8] }, directory);
    assertEquals(masks, [
      { layer: "query", rows: 2, cols: 4, bits: btoa("\x55") },
      { layer: "up", rows: 4, cols: 2, bits: btoa("\x55") },
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("maskPictures() has a convolution's weights in the order that patterns are drawn in", async () => {
  const directory = await Deno.makeTempDir();
  try {
    // One output, two channels of 1x2 taps: channel 0 keeps tap 0, channel 1 both.
    const weights = float32([1, 2, 1, 2], Float32Array.of(1, 0, 1, 1));
    await writeSafetensors(join(directory, "sparse-1.safetensors"), new Map([["conv", weights]]));
    const [mask] = await maskPictures({ layers: [layer("conv", 1, 4)], seeds: [1] }, directory);
    // Tap by tap: channels 0 and 1 of tap 0, then of tap 1.
    assertEquals(mask!.bits, btoa("\xd0"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
