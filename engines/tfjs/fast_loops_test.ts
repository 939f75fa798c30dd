import { assertAlmostEquals, assertThrows } from "@std/assert";
import { createRandom } from "../../core/mod.ts";
import { kernelSupport } from "../../kernels/mod.ts";
import { fastLoops } from "./fast_loops.ts";
import { compareLoops } from "./loop_trial.ts";
import { type Floats, type Loops, normalCdf, plainLoops } from "./loops.ts";

const random = createRandom(3);
const ARENA_BYTES = 16 * 2 ** 20;

// Edges of tiles (4, 8, 16, 32), primes, more than two blocks of k, and the shapes of attention and of a classifier.
const SIZES = [1, 2, 3, 4, 5, 8, 13, 16, 31, 32, 33, 64, 263];

function draw(length: number, scale = 1): Floats {
  return Float32Array.from({ length }, () => scale * random.normal());
}

/** The same values with or without memory behind them, which holds NaN. */
function surround(values: Floats): Floats {
  const memory = new Float32Array(values.length + 4096 * random.integer(2)).fill(NaN);
  memory.set(values);
  return memory.subarray(0, values.length);
}

function pick<T>(items: readonly T[]): T {
  return items[random.integer(items.length)]!;
}

for (const target of kernelSupport().targets) {
  Deno.test(`matMul() agrees with the plain loop on ${target}, however operands are stored`, () => {
    using fast = fastLoops({ target, threads: 3, arenaBytes: ARENA_BYTES });
    for (let trial = 0; trial < 120; trial++) {
      const sizes = {
        m: pick(SIZES),
        n: pick(SIZES),
        k: pick(SIZES),
        transposeA: random.next() < 0.5,
        transposeB: random.next() < 0.5,
        batch: 1 + random.integer(3),
      };
      const { m, n, k, batch } = sizes;
      const [a, b] = [surround(draw(batch * m * k)), surround(draw(batch * k * n))];
      const bias = random.next() < 0.5 ? surround(draw(n)) : null;
      const multiply = (loops: Loops, c: Floats) => loops.matMul(a, b, bias, sizes, c);
      compareLoops(fast, batch * m * n, 2e-6 * k + 1e-5, JSON.stringify(sizes), multiply);
    }
  });

  Deno.test(`matMul() agrees with the plain loop on ${target} where threads share it`, () => {
    using fast = fastLoops({ target, threads: 3, arenaBytes: ARENA_BYTES });
    // Rows, products, and tiles that are not whole in either.
    for (
      const [batch, m, n, k] of [
        [1, 256, 96, 160],
        [1, 263, 100, 161],
        [1, 701, 3, 1100],
        [7, 64, 64, 160],
        [5, 67, 65, 163],
        [2, 131, 33, 400],
        // Many products, smaller than a tile or a little more, on one thread or several.
        [40, 12, 12, 64],
        [133, 20, 64, 20],
        [19, 5, 3, 7],
        [50, 1, 2, 3],
        [33, 9, 35, 130],
        [300, 28, 28, 64],
      ] as const
    ) {
      for (const [transposeA, transposeB] of [[false, true], [true, false]] as const) {
        const sizes = { batch, m, n, k, transposeA, transposeB };
        const [a, b] = [surround(draw(batch * m * k)), surround(draw(batch * k * n))];
        const bias = transposeB ? surround(draw(n)) : null;
        const multiply = (loops: Loops, c: Floats) => loops.matMul(a, b, bias, sizes, c);
        compareLoops(fast, batch * m * n, 2e-6 * k + 1e-5, JSON.stringify(sizes), multiply);
      }
    }
  });

  Deno.test(`element-wise loops agree with the plain ones on ${target}`, () => {
    using fast = fastLoops({ target, threads: 3, arenaBytes: ARENA_BYTES });
    // Shorter than a turn, than a buffer, a buffer, more, and enough for three threads.
    for (const length of [1, 17, 4096, 9001, 50_007]) {
      const [x, dy, w] = [draw(length, 3), draw(length), draw(length)];
      compareLoops(fast, length, 1e-6, "gelu", (loops, y) => loops.gelu(x, y));
      compareLoops(
        fast,
        length,
        5e-6,
        "geluGradient",
        (loops, dx) => loops.geluGradient(x, dy, dx),
      );
      compareLoops(fast, length, 1e-6, "dropout", (loops, y) => loops.dropout(x, 0.3, length, y));
      compareLoops(fast, length, 1e-6, "snip", (loops, scores) => {
        scores.set(w);
        loops.snip(scores, x, dy, 0.9);
      });
      for (const mask of [null, dy.map((value) => Number(value > 0))]) {
        const step = {
          gradientScale: 0.5,
          penalty: 0.03,
          beta1: 0.9,
          beta2: 0.999,
          keep: 0.99,
          rate: 0.1,
          rootScale: 3,
          epsilon: 1e-6,
        };
        compareLoops(fast, 3 * length, 2e-6, "adamw", (loops, all) => {
          all.set(w);
          all.set(dy, length);
          all.set(x.map((value) => value * value), 2 * length);
          const [weights, first, second] = [0, 1, 2].map((i) =>
            all.subarray(i * length, (i + 1) * length)
          ) as [Floats, Floats, Floats]; // three in, three out
          loops.adamw({ weights, first, second }, x, mask, step);
        });
        const descent = {
          gradientScale: 0.5,
          penalty: 0.03,
          momentum: 0.9,
          gradientRate: 0.2,
          velocityRate: 0.1,
        };
        compareLoops(fast, 2 * length, 1e-6, "sgd with momentum", (loops, all) => {
          all.set(w);
          all.set(dy, length);
          const [weights, velocity] = [all.subarray(0, length), all.subarray(length)];
          loops.sgd({ weights, velocity }, x, mask, descent);
        });
        compareLoops(fast, length, 1e-6, "sgd", (loops, weights) => {
          weights.set(w);
          loops.sgd({ weights, velocity: null }, x, mask, descent);
        });
      }
    }
  });

  Deno.test(`geluGradient() on ${target} is right to 1e-6 from -10 to 10`, () => {
    using fast = fastLoops({ target, threads: 3, arenaBytes: ARENA_BYTES });
    const x = Float32Array.from({ length: 100_001 }, (_, i) => (i - 50_000) / 5_000);
    const dx = new Float32Array(x.length);
    fast.geluGradient(x, new Float32Array(x.length).fill(1), dx);
    x.forEach((value, i) => {
      const density = Math.exp(-value * value / 2) / Math.sqrt(2 * Math.PI);
      assertAlmostEquals(dx[i]!, normalCdf(value) + value * density, 1e-6, `${value}`);
    });
  });

  Deno.test(`loops over rows agree with the plain ones on ${target}`, () => {
    using fast = fastLoops({ target, threads: 3, arenaBytes: ARENA_BYTES });
    for (const cols of [5, 16, 64, 128, 192]) {
      for (const rows of [1, 7, 32, 301]) {
        const what = `${rows}x${cols}`;
        const [x, dy] = [draw(rows * cols, 2), draw(rows * cols)];
        const [gain, bias] = [draw(cols), draw(cols)];
        const epsilon = 1e-5;
        compareLoops(fast, x.length, 1e-5, `layerNorm ${what}`, (loops, y) => {
          loops.layerNorm(x, gain, bias, epsilon, y);
        });
        compareLoops(fast, x.length, 1e-5, `layerNormGradient ${what}`, (loops, dx) => {
          loops.layerNormGradient(x, gain, dy, epsilon, dx);
        });
        compareLoops(fast, cols, 2e-5 + 3e-7 * rows, `layerNormSums ${what}`, (loops, sums) => {
          loops.layerNormSums(x, dy, epsilon, sums);
        });
        compareLoops(fast, cols, 2e-5 + 3e-7 * rows, `columnSums ${what}`, (loops, sums) => {
          loops.columnSums(x, sums);
        });
      }
    }
  });

  Deno.test(`permute() agrees with the plain loop on ${target}`, () => {
    using fast = fastLoops({ target, threads: 3, arenaBytes: ARENA_BYTES });
    for (const shape of [[3, 5, 7, 2], [6, 24, 4, 64], [7, 30, 16, 48], [2, 3, 5, 16]]) {
      const x = draw(shape.reduce((product, size) => product * size));
      for (const perm of [[0, 2, 1, 3], [2, 0, 1, 3], [1, 0, 2, 3], [0, 1, 2, 3], [0, 2, 3, 1]]) {
        compareLoops(fast, x.length, 0, `${shape} by ${perm}`, (loops, y) => {
          loops.permute(x, shape, perm, y);
        });
      }
    }
  });

  Deno.test(`softmax of rows of any length agrees with the plain loop on ${target}`, () => {
    using fast = fastLoops({ target, threads: 3, arenaBytes: ARENA_BYTES });
    for (const keys of [1, 3, 4, 7, 16, 24, 33, 64]) {
      for (const [groups, rowsPerMask] of [[1, 1], [3, 2], [5, 7], [8, 150]] as const) {
        const what = `${groups}x${rowsPerMask}x${keys}`;
        const sizes = { keys, rowsPerMask, scale: 0.3 };
        const [x, dy] = [1, 2].map(() => surround(draw(groups * rowsPerMask * keys, 3)));
        const hidden = Float32Array.from(
          { length: groups * keys },
          (_, i) => i % keys > 0 && random.next() < 0.3 ? -1e9 : 0,
        );
        const mask = surround(hidden);
        const y = new Float32Array(x!.length);
        plainLoops.softmax(x!, mask, sizes, y);
        compareLoops(fast, y.length, 1e-6, `softmax ${what}`, (loops, out) => {
          loops.softmax(x!, mask, sizes, out);
        });
        compareLoops(fast, y.length, 1e-5, `softmaxGradient ${what}`, (loops, dx) => {
          loops.softmaxGradient(y, dy!, sizes, dx);
        });
      }
    }
  });
}

Deno.test("matMul() refuses operands that do not fit its arena", () => {
  using fast = fastLoops({ target: kernelSupport().targets.at(-1)!, arenaBytes: 2 ** 21 });
  const sizes = { m: 512, n: 512, k: 512, transposeA: false, transposeB: false, batch: 1 };
  const [a, b, c] = [draw(512 * 512), draw(512 * 512), draw(512 * 512)];
  assertThrows(() => fast.matMul(a, b, null, sizes, c), RangeError, "Cannot hold operands");
});
