import { assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import { plainLoops } from "../engines/tfjs/mod.ts";
import type { Training } from "../recipes/mod.ts";
import { createOptimiser } from "./optimiser.ts";
import { bringUpTo, catchUpOf, copyRows, createTable, updateRows } from "./tables.ts";
import { tinyTraining } from "./tiny_data.ts";

const ROWS = 12;
const HIDDEN = 4;
const STEPS = 900;

function trainingOf(changes: Partial<Training>): Training {
  const plain = { epochs: 1, batch: 1, learningRate: 1e-2, warmupSteps: 5, dropout: 0 };
  return tinyTraining({ ...plain, ...changes });
}

for (
  const [what, changes] of [
    ["AdamW with weight decay", {}],
    ["AdamW without weight decay", { weightDecay: 0 }],
    ["AdamW with the betas of the pruning scripts", { betas: [0.9, 0.9], epsilon: 1e-6 }],
    ["Adam with decay in the gradient", { optimizer: "adam" }],
    ["gradient descent", { optimizer: "sgd", weightDecay: 0 }],
    ["gradient descent with decay", { optimizer: "sgd" }],
    ["gradient descent with momentum", { optimizer: "sgd", momentum: 0.9 }],
  ] as const
) {
  Deno.test(`a table ends where ${what} on all of it ends`, () => {
    const training = trainingOf(changes);
    const random = createRandom(1);
    const optimiser = createOptimiser(training, STEPS, plainLoops);
    const catchUp = catchUpOf(training, STEPS, plainLoops);
    const start = Float32Array.from({ length: ROWS * HIDDEN }, () => 0.05 * random.normal());
    const table = createTable("words", start.slice(), HIDDEN, optimiser.states.length);
    const dense = {
      weights: start.slice(),
      states: optimiser.states.map(() => new Float32Array(start.length)),
    };
    for (let step = 0; step < STEPS; step++) {
      // The last row never, the first row almost always, the others now and then.
      const rows = [...Array(ROWS - 1).keys()].filter((row) => random.next() < 0.9 ** (8 * row));
      const gradient = Float32Array.from({ length: rows.length * HIDDEN }, () => random.normal());
      bringUpTo(table, rows, step, catchUp);
      const update = optimiser.beginStep(step, 1);
      updateRows(table, rows, gradient, step, update);
      const whole = new Float32Array(start.length);
      rows.forEach((row, i) =>
        whole.set(gradient.subarray(i * HIDDEN, (i + 1) * HIDDEN), row * HIDDEN)
      );
      update({ ...dense, gradient: whole, mask: null, decay: true });
    }
    bringUpTo(table, [...Array(ROWS).keys()], STEPS, catchUp);
    dense.weights.forEach((weight, i) =>
      assertAlmostEquals(table.weights[i]!, weight, 3e-6, `row ${Math.floor(i / HIDDEN)}`)
    );
    dense.states.forEach((state, which) =>
      state.forEach((value, i) => assertAlmostEquals(table.states[which]![i]!, value, 1e-6))
    );
  });
}

Deno.test("copyRows() copies in the order asked for", () => {
  const table = createTable("words", Float32Array.of(1, 2, 3, 4, 5, 6), 2, 0);
  const rows = new Float32Array(4);
  copyRows(table, [2, 0], rows);
  assertEquals([...rows], [5, 6, 1, 2]);
});

Deno.test("bringUpTo() does nothing twice", () => {
  const training = trainingOf({});
  const catchUp = catchUpOf(training, 100, plainLoops);
  const update = createOptimiser(training, 100, plainLoops).beginStep(0, 1);
  const table = createTable("words", Float32Array.of(1, 2), 2, 2);
  updateRows(table, [0], Float32Array.of(1, -1), 0, update);
  bringUpTo(table, [0], 60, catchUp);
  const once = table.weights.slice();
  bringUpTo(table, [0, 0], 60, catchUp);
  assertEquals(table.weights, once);
});
