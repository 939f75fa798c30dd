import { assert } from "@std/assert";
import { createRandom } from "../../core/mod.ts";
import { kernelSupport } from "../../kernels/mod.ts";
import { fastLoops } from "./fast_loops.ts";
import { compareLoops } from "./loop_trial.ts";
import type { Floats } from "./loops.ts";

const random = createRandom(9);
const ARENA_BYTES = 16 * 2 ** 20;
function draw(length: number, mean = 0): Floats {
  return Float32Array.from({ length }, () => mean + random.normal());
}

for (const target of kernelSupport().targets) {
  Deno.test(`loops over channels agree with the plain ones on ${target}`, () => {
    using fast = fastLoops({ target, threads: 3, arenaBytes: ARENA_BYTES });
    // No vector, one, less than a turn, turns, with and without a rest; few and many images.
    for (const plane of [1, 9, 16, 49, 64, 169, 256, 1031]) {
      for (const [images, channels] of [[1, 1], [2, 3], [5, 16], [40, 7]] as const) {
        const sizes = { images, channels, plane };
        const what = JSON.stringify(sizes);
        const length = images * channels * plane;
        // Means far from 0 compared with the deviation.
        const [x, dy, beside] = [draw(length, 30), draw(length), draw(length)];
        const [two, three] = [draw(2 * channels), draw(3 * channels)];
        compareLoops(fast, 2 * channels, 1e-5, `moments ${what}`, (loops, moments) => {
          loops.channelMoments(x, sizes, moments);
        });
        for (const relu of [false, true]) {
          for (const residual of [beside, null]) {
            compareLoops(fast, length, 1e-5, `scaled ${what}`, (loops, y) => {
              loops.scaleChannels(x, two, { beside: residual, relu }, sizes, y);
            });
          }
        }
        const means = draw(channels, 30);
        for (const y of [null, beside]) {
          compareLoops(fast, 2 * channels, 1e-4, `sums ${what}`, (loops, sums) => {
            loops.channelSums(x, dy, y, means, sizes, sums);
          });
          compareLoops(fast, length, 1e-5, `dx ${what}`, (loops, dx) => {
            loops.channelGradient(x, dy, y, three, sizes, dx, null);
          });
          compareLoops(fast, length, 1e-5, `dx beside dz ${what}`, (loops, dx) => {
            loops.channelGradient(x, dy, y, three, sizes, dx, new Float32Array(length));
          });
          compareLoops(fast, length, 0, `dz ${what}`, (loops, dz) => {
            loops.channelGradient(x, dy, y, three, sizes, new Float32Array(length), dz);
          });
        }
      }
    }
  });

  Deno.test(`ReLU and its gradient agree with the plain loops on ${target}`, () => {
    using fast = fastLoops({ target, threads: 3, arenaBytes: ARENA_BYTES });
    for (const length of [1, 17, 4096, 50_007]) {
      const [a, b] = [draw(length), draw(length)];
      compareLoops(fast, length, 0, "relu", (loops, y) => loops.relu(a, y));
      compareLoops(fast, length, 0, "reluGradient", (loops, y) => loops.reluGradient(a, b, y));
    }
  });

  Deno.test(`normalisation and ReLU let NaN pass on ${target}`, () => {
    using fast = fastLoops({ target, arenaBytes: ARENA_BYTES });
    const [x, y] = [new Float32Array(32).fill(NaN), new Float32Array(32)];
    fast.relu(x, y);
    assert(y.every(Number.isNaN));
    const sizes = { images: 1, channels: 2, plane: 16 };
    fast.scaleChannels(x, new Float32Array(4), { beside: null, relu: true }, sizes, y.fill(0));
    assert(y.every(Number.isNaN));
  });
}
