import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Tensors } from "../engines/mod.ts";
import { openTfjs } from "../engines/tfjs/mod.ts";
import { openTrainingSession, type Trainer } from "./training_session.ts";
import { drawTraining, factorsOf, type TrainingSpec } from "./training_spec.ts";

const OWN: Trainer = { kind: "own", family: "wasm", threads: 1, skips: true };
const TRAINERS: readonly Trainer[] = [
  { kind: "stock", turns: false },
  { kind: "stock", turns: true },
  OWN,
  { kind: "own", family: "native", threads: 2, skips: false },
];

/** Losses of three steps and the weights after them, by trainer. */
async function train(
  spec: TrainingSpec,
  trainers: readonly Trainer[],
): Promise<{ readonly losses: readonly number[]; readonly weights: Tensors }[]> {
  const network = drawTraining(spec);
  const results = [];
  for (const trainer of trainers) {
    using session = await openTrainingSession(network, trainer);
    session.start(1);
    session.step();
    session.start(1e-2);
    const losses = [session.step(), session.step(), session.step()];
    results.push({ losses, weights: session.parameters() });
  }
  return results;
}

function assertAlike(found: Tensors, wanted: Tensors, tolerance: number): void {
  assertEquals(Object.keys(found), Object.keys(wanted));
  for (const [name, { data }] of Object.entries(wanted)) {
    data.forEach((value, i) =>
      assertAlmostEquals(Number(found[name]!.data[i]), Number(value), tolerance, `${name} ${i}`)
    );
  }
}

Deno.test("openTrainingSession() trains a BERT alike by all trainers, whichever ran before", async () => {
  const { tf } = await openTfjs();
  const before = tf.memory().numTensors;
  const spec = { network: "bert-tiny", batch: 4, sequence: 16, zeros: null };
  const [first, ...others] = await train(spec, TRAINERS);
  // Tables are trained by ours alone, after the first step.
  for (const { losses, weights } of others) {
    assertAlmostEquals(losses[0]!, first!.losses[0]!, 1e-5);
    assertEquals(Object.keys(weights), Object.keys(first!.weights));
  }
  assertAlike(others[0]!.weights, first!.weights, 2e-5);
  assertAlike(others[2]!.weights, others[1]!.weights, 2e-5);
  assert(first!.losses[2]! < first!.losses[0]!);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("openTrainingSession() trains convolutions alike by all trainers", async () => {
  const spec = { network: "resnet20", batch: 2, sequence: null, zeros: null };
  const [first, ...others] = await train(spec, TRAINERS);
  for (const { losses, weights } of others) {
    losses.forEach((loss, i) => assertAlmostEquals(loss, first!.losses[i]!, 1e-3));
    assertAlike(weights, first!.weights, 1e-3);
  }
});

Deno.test("openTrainingSession() keeps masks, and skips zeros where it is told to", async () => {
  const zeros = { pattern: "4x1", sparsity: 0.9 };
  const spec = { network: "bert-tiny", batch: 4, sequence: 16, zeros };
  const [sparse, dense] = await train(spec, [OWN, { ...OWN, skips: false }]);
  assertAlike(sparse!.weights, dense!.weights, 2e-5);
  const network = drawTraining(spec);
  assertEquals(network.masks.size, 12);
  for (const [name, { kept }] of network.masks) {
    const { data } = sparse!.weights[name]!;
    kept.forEach((keep, i) => keep === 1 || assertEquals(Number(data[i]), 0, name));
  }
  using session = await openTrainingSession(network, OWN);
  assertEquals(session.dispatch.length, 13);
  assertEquals(session.dispatch[0]!.reason, "forward sparse, byInput sparse, byWeight sparse");
  assert(session.dispatch.every(({ macsDone, macsDense }) => macsDone <= macsDense));
});

Deno.test("openTrainingSession() keeps masks of convolutions, and skips zeros where it is told to", async () => {
  const zeros = { pattern: "2x1", sparsity: 0.75 };
  const spec = { network: "resnet20", batch: 3, sequence: null, zeros };
  const native: Trainer = { kind: "own", family: "native", threads: 2, skips: true };
  const [sparse, dense] = await train(spec, [native, { ...native, skips: false }]);
  assertAlike(sparse!.weights, dense!.weights, 1e-4);
  const network = drawTraining(spec);
  assertEquals(network.masks.size, 18);
  for (const [name, mask] of network.masks) {
    const { data, shape } = sparse!.weights[name]!;
    const factors = factorsOf(mask, shape);
    assertEquals([...factors].filter((factor) => factor === 0).length, 0.75 * factors.length);
    factors.forEach((factor, i) => factor === 1 || assertEquals(Number(data[i]), 0, name));
  }
  using session = await openTrainingSession(network, native);
  assertEquals(session.dispatch.length, 19);
  assertEquals(session.dispatch[0]!.reason, "forward sparse, byInput sparse, byWeight sparse");
  assert(session.dispatch.every(({ macsDone, macsDense }) => macsDone <= macsDense));
});
