import { assertAlmostEquals, assertThrows } from "@std/assert";
import { createRandom } from "../../core/mod.ts";
import { kernelSupport } from "../../kernels/mod.ts";
import { type Floats, plainLoops } from "./loops.ts";
import { openMultiplier } from "./product.ts";

const random = createRandom(3);

function draw(length: number): Floats {
  return Float32Array.from({ length }, () => random.normal());
}

// Edges of tiles (4, 8, 16, 32), primes, and the shapes of attention and of a classifier.
const SIZES = [1, 2, 3, 4, 5, 8, 13, 16, 31, 32, 33, 64];

for (const target of kernelSupport().targets) {
  Deno.test(`multiply() agrees with the plain loops on ${target}, however operands are stored`, () => {
    using multiplier = openMultiplier(target, 8 * 2 ** 20);
    for (let trial = 0; trial < 120; trial++) {
      const size = () => SIZES[random.integer(SIZES.length)]!;
      const sizes = {
        m: size(),
        n: size(),
        k: size(),
        transposeA: random.next() < 0.5,
        transposeB: random.next() < 0.5,
        batch: 1 + random.integer(3),
      };
      const { m, n, k, batch } = sizes;
      const [a, b] = [draw(batch * m * k), draw(batch * k * n)];
      const bias = random.next() < 0.5 ? draw(n) : null;
      const found = new Float32Array(batch * m * n).fill(NaN);
      const wanted = new Float32Array(batch * m * n);
      multiplier.multiply(a, b, bias, sizes, found);
      plainLoops.matMul(a, b, bias, sizes, wanted);
      found.forEach((value, i) =>
        assertAlmostEquals(value, wanted[i]!, 2e-6 * k + 1e-5, `${JSON.stringify(sizes)} ${i}`)
      );
    }
  });
}

Deno.test("multiply() refuses operands that do not fit its arena", () => {
  using multiplier = openMultiplier(kernelSupport().targets.at(-1)!, 2 ** 20);
  const sizes = { m: 512, n: 512, k: 512, transposeA: false, transposeB: false, batch: 1 };
  const [a, b, c] = [draw(512 * 512), draw(512 * 512), draw(512 * 512)];
  assertThrows(
    () => multiplier.multiply(a, b, null, sizes, c),
    RangeError,
    "Cannot multiply matrices",
  );
});
