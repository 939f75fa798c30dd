import { assertAlmostEquals, assertEquals } from "@std/assert";
import { erkDensities, uniformDensities } from "./densities.ts";

Deno.test("erkDensities() makes layers dense that would get more weights than they have", () => {
  const layers = [{ name: "small", rows: 2, cols: 2 }, { name: "large", rows: 100, cols: 100 }];
  // Shares are 4 / 4 and 200 / 10,000. 1,000.4 weights over 4 · 1 + 10,000 · 0.02 make 4.9 for the small one, which becomes
  // dense; (0.1 · 10,000 - 0.9 · 4) / 200 = 4.982 times 0.02 is left for the large one.
  const found = erkDensities(layers, 0.9);
  assertEquals(found.get("small"), 1);
  assertAlmostEquals(found.get("large")!, 0.09964, 1e-12);
});

Deno.test("erkDensities() counts the sides of kernels, of 1 by 1 too, and not of linear layers", () => {
  const layers = [
    { name: "conv3", rows: 64, cols: 9 * 32, taps: 9 },
    { name: "conv1", rows: 64, cols: 32, taps: 1 },
    { name: "linear", rows: 64, cols: 32 },
  ];
  const found = erkDensities(layers, 0.95);
  // Kept weights of a layer are in proportion to its share times its size, 64 + 32 + both sides of the kernel.
  const kept = layers.map(({ name, rows, cols }) => found.get(name)! * rows * cols);
  assertAlmostEquals(kept[0]! / kept[2]!, 102 / 96, 1e-12);
  assertAlmostEquals(kept[1]! / kept[2]!, 98 / 96, 1e-12);
});

Deno.test("erkDensities() holds the sparsity over all layers", () => {
  // The convolutions of a CIFAR ResNet-20 by their sizes.
  const layers = [16, 32, 64].flatMap((channels) =>
    [channels / 2, channels].map((from) => ({
      name: `${from}x${channels}`,
      rows: channels,
      cols: from * 9,
      taps: 9,
    }))
  );
  for (const sparsity of [0, 0.2, 0.5, 0.8, 0.98]) {
    const found = erkDensities(layers, sparsity);
    const sizes = layers.map(({ rows, cols }) => rows * cols);
    const kept = layers.reduce((sum, { name }, i) => sum + found.get(name)! * sizes[i]!, 0);
    assertAlmostEquals(1 - kept / sizes.reduce((a, b) => a + b), sparsity, 1e-9);
    assertEquals([...found.values()].every((density) => density >= 0 && density <= 1), true);
  }
});

Deno.test("uniformDensities() gives every layer the same", () => {
  const layers = [{ name: "a", rows: 2, cols: 2 }, { name: "b", rows: 9, cols: 9 }];
  assertEquals([...uniformDensities(layers, 0.75)], [["a", 0.25], ["b", 0.25]]);
});
