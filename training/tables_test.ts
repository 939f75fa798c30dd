import { assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import { plainLoops } from "../engines/tfjs/mod.ts";
import type { Training } from "../recipes/mod.ts";
import { adamStep } from "./optimiser.ts";
import { tableSteps } from "./steps.ts";
import { bringUpTo, copyRows, createWordTable, updateRows } from "./word_table.ts";

const ROWS = 12;
const HIDDEN = 4;
const STEPS = 900;

function trainingOf(changes: Partial<Training>): Training {
  return {
    epochs: 1,
    batch: 1,
    learningRate: 1e-2,
    learningRateSchedule: "linear",
    warmupSteps: 5,
    weightDecay: 0.01,
    betas: [0.9, 0.999],
    epsilon: 1e-8,
    optimizer: "adamw",
    momentum: 0,
    nesterov: false,
    gamma: 0.1,
    labelSmoothing: 0,
    dropout: 0,
    ...changes,
  };
}

for (
  const [what, changes] of [
    ["with weight decay", {}],
    ["without weight decay", { weightDecay: 0 }],
    ["with the betas of the pruning scripts", { betas: [0.9, 0.9], epsilon: 1e-6 }],
  ] as const
) {
  Deno.test(`word table ${what} ends where AdamW on the whole table ends`, () => {
    const training = trainingOf(changes);
    const random = createRandom(1);
    const steps = tableSteps(training, STEPS);
    const start = Float32Array.from({ length: ROWS * HIDDEN }, () => 0.05 * random.normal());
    const table = createWordTable(start.slice(), HIDDEN);
    const dense = {
      weights: start.slice(),
      first: new Float32Array(start.length),
      second: new Float32Array(start.length),
    };
    for (let step = 0; step < STEPS; step++) {
      // The last row never, the first row almost always, the others now and then.
      const rows = [...Array(ROWS - 1).keys()].filter((row) => random.next() < 0.9 ** (8 * row));
      const gradient = Float32Array.from({ length: rows.length * HIDDEN }, () => random.normal());
      bringUpTo(table, rows, step, steps);
      updateRows(table, rows, gradient, step, steps.at(step), plainLoops);
      const whole = new Float32Array(start.length);
      rows.forEach((row, i) =>
        whole.set(gradient.subarray(i * HIDDEN, (i + 1) * HIDDEN), row * HIDDEN)
      );
      plainLoops.adamw(dense, whole, null, adamStep(training, step, STEPS, true));
    }
    bringUpTo(table, [...Array(ROWS).keys()], STEPS, steps);
    dense.weights.forEach((weight, i) =>
      assertAlmostEquals(table.weights[i]!, weight, 3e-6, `row ${Math.floor(i / HIDDEN)}`)
    );
    dense.first.forEach((moment, i) => assertAlmostEquals(table.first[i]!, moment, 1e-6));
    dense.second.forEach((moment, i) => assertAlmostEquals(table.second[i]!, moment, 1e-6));
  });
}

Deno.test("copyRows() copies in the order asked for", () => {
  const table = createWordTable(Float32Array.of(1, 2, 3, 4, 5, 6), 2);
  const rows = new Float32Array(4);
  copyRows(table, [2, 0], rows);
  assertEquals([...rows], [5, 6, 1, 2]);
});

Deno.test("bringUpTo() does nothing twice", () => {
  const steps = tableSteps(trainingOf({}), 100);
  const table = createWordTable(Float32Array.of(1, 2), 2);
  updateRows(table, [0], Float32Array.of(1, -1), 0, steps.at(0), plainLoops);
  bringUpTo(table, [0], 60, steps);
  const once = table.weights.slice();
  bringUpTo(table, [0, 0], 60, steps);
  assertEquals(table.weights, once);
});
