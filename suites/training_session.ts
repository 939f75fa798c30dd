/**
 * Networks in training, by our kernels or by tfjs alone, step by step.
 *
 * @module
 */
import { float32, type TensorOf } from "../core/mod.ts";
import type { LayerDispatch, Tensors } from "../engines/mod.ts";
import {
  executePlan,
  type FrozenUse,
  openTfjs,
  openTraining,
  type Ops,
  planGraph,
  type TfTensor,
  tidied,
  toTf,
  trainableStockOps,
  type TrainingTfjs,
} from "../engines/tfjs/mod.ts";
import { bestTarget, type TargetFamily } from "../kernels/mod.ts";
import { graphLayers } from "../models/mod.ts";
import { graphMacs } from "./graph_macs.ts";
import { factorsOf, type TrainingNetwork } from "./training_spec.ts";

/** A network in training. Disposing it frees its tensors. */
export interface TrainingSession extends Disposable {
  /** How products are computed, where that is known. */
  readonly dispatch: readonly LayerDispatch[];
  /** Goes back to the first weights and to an optimiser that has done nothing. */
  start(rate: number): void;
  /** Does one step: forward, loss, gradients, update. Gives the loss before the update. */
  step(): number;
  /** The parameters that every contestant trains, pruned weights as 0. */
  parameters(): Tensors;
}

/** Who trains. */
export type Trainer =
  | {
    /** Our kernels. */
    readonly kind: "own";
    /** Where they run. */
    readonly family: TargetFamily;
    /** Threads. */
    readonly threads: number;
    /** Whether products skip what masks have zeroed. */
    readonly skips: boolean;
  }
  | {
    /** tfjs' own operations. */
    readonly kind: "stock";
    /** Whether linear layers turn operands so that all products are fast ones. */
    readonly turns: boolean;
  };

/** Adam where there are look-ups, as language models are trained, else gradient descent with momentum. */
const BETAS = [0.9, 0.999] as const;
/** Large, so that updates are smooth in the gradients and can be compared. */
const EPSILON = 1e-3;
const MOMENTUM = 0.9;

/** Products of a step for each of the forward pass: it, its gradient by inputs, and that by weights. */
export const PRODUCTS = 3;

/** Gets a network ready to be trained. */
export async function openTrainingSession(
  network: TrainingNetwork,
  trainer: Trainer,
): Promise<TrainingSession> {
  return trainer.kind === "own"
    ? await openOwn(network, trainer)
    : await openStock(network, trainer.turns);
}

/** Loss and gradients of one step by `leaves`; freed with the scope. */
function derive(
  ops: Ops,
  network: TrainingNetwork,
  parameters: ReadonlyMap<string, TfTensor>,
  leaves: readonly TfTensor[],
): { readonly loss: number; readonly gradients: readonly TfTensor[] } {
  const { tf } = ops;
  const plan = plans.get(network) ?? planGraph(network.graph);
  plans.set(network, plan);
  const inputs = Object.fromEntries(
    Object.entries(network.inputs).map(([name, tensor]) => [name, toTf(tf, tensor)]),
  );
  const output = network.graph.outputs[0]!;
  const { value, grads } = tf.engine().gradients(() => {
    const outputs = executePlan(ops, plan, inputs, parameters, {
      training: { batchStatistics: () => {} },
    });
    const labels = tf.oneHot(tf.tensor1d(network.labels, "int32"), output.shape.at(-1)!);
    return tf.losses.softmaxCrossEntropy(labels, outputs[output.name]!).asScalar();
  }, [...leaves]);
  return { loss: value.dataSync()[0]!, gradients: grads };
}

const plans = new WeakMap<TrainingNetwork, ReturnType<typeof planGraph>>();

function usesAdam({ tables }: TrainingNetwork): boolean {
  return tables.size > 0;
}

function initialOf({ graph }: TrainingNetwork, name: string): TensorOf<"float32"> {
  return graph.initializers.get(name) as TensorOf<"float32">; // trained parameters are
}

async function openOwn(
  network: TrainingNetwork,
  { family, threads, skips }: Extract<Trainer, { kind: "own" }>,
): Promise<TrainingSession> {
  const machine = await openTraining({ target: bestTarget(family) ?? undefined, threads });
  const { ops: { tf }, heap, loops } = machine;
  const slots = network.trained.map((name) => {
    const tensor = initialOf(network, name);
    const states = [1, 2].map(() => tf.keep(tf.zeros([...tensor.shape])));
    const mask = network.masks.get(name);
    return {
      name,
      weights: tf.keep(toTf(tf, tensor)),
      first: states[0]!,
      second: states[1]!,
      mask: mask ? factorsOf(mask, tensor.shape) : null,
    };
  });
  const parameters = new Map(slots.map(({ name, weights }) => [name, weights]));
  const frozen = skips
    ? machine.freeze(
      [...network.masks].map(([name, mask]) => ({ name, weight: parameters.get(name)!, mask })),
      "kept",
    )
    : null;
  machine.release();
  let rate = 0;
  let steps = 0;
  function update(gradients: readonly TfTensor[]): void {
    steps++;
    const adam = adamNumbers(rate, steps);
    const descent = {
      gradientScale: 1,
      penalty: 0,
      momentum: MOMENTUM,
      gradientRate: 0,
      velocityRate: rate,
    };
    slots.forEach(({ weights, first, second, mask }, i) => {
      const values = heap.float32(weights);
      const [gradient, moment] = [heap.float32(gradients[i]!), heap.float32(first)];
      if (usesAdam(network)) {
        const state = { weights: values, first: moment, second: heap.float32(second) };
        loops.adamw(state, gradient, mask, adam);
      } else loops.sgd({ weights: values, velocity: moment }, gradient, mask, descent);
    });
  }
  return {
    dispatch: dispatchOf(network, frozen?.uses ?? [], machine),
    start(next): void {
      [rate, steps] = [next, 0];
      for (const { name, weights, first, second } of slots) {
        heap.float32(weights).set(initialOf(network, name).data);
        for (const state of [first, second]) heap.float32(state).fill(0);
      }
    },
    step(): number {
      machine.take();
      try {
        return tidied(tf, () => {
          const leaves = slots.map(({ weights }) => weights);
          const { loss, gradients } = derive(machine.ops, network, parameters, leaves);
          update(gradients);
          return loss;
        });
      } finally {
        machine.release();
      }
    },
    parameters: () => comparable(network, (name) => heap.float32(parameters.get(name)!).slice()),
    [Symbol.dispose](): void {
      for (const { weights, first, second } of slots) tf.dispose([weights, first, second]);
      frozen?.[Symbol.dispose]();
      machine[Symbol.dispose]();
    },
  };
}

function adamNumbers(rate: number, steps: number): Parameters<TrainingTfjs["loops"]["adamw"]>[3] {
  const [beta1, beta2] = BETAS;
  return {
    gradientScale: 1,
    penalty: 0,
    beta1,
    beta2,
    keep: 1,
    rate: rate / (1 - beta1 ** steps),
    rootScale: 1 / Math.sqrt(1 - beta2 ** steps),
    epsilon: EPSILON,
  };
}

/** What all contestants train: no tables, which tfjs cannot; what masks keep. */
function comparable(
  { trained, tables, masks, graph }: TrainingNetwork,
  valuesOf: (name: string) => Float32Array<ArrayBuffer>,
): Tensors {
  return Object.fromEntries(
    trained.filter((name) => !tables.has(name)).map((name) => {
      const [values, mask] = [valuesOf(name), masks.get(name)];
      const { shape } = graph.initializers.get(name)!;
      const factors = mask && factorsOf(mask, shape);
      const data = factors ? values.map((value, i) => factors[i] === 0 ? 0 : value) : values;
      return [name, float32(shape, data)];
    }),
  );
}

async function openStock(network: TrainingNetwork, turns: boolean): Promise<TrainingSession> {
  const { tf, heap } = await openTfjs();
  const ops = trainableStockOps(tf, heap, turns);
  const parameters = new Map<string, TfTensor>();
  const names = network.trained.filter((name) => !network.tables.has(name));
  const prefix = crypto.randomUUID();
  const variables = names.map((name) => {
    const initial = toTf(tf, initialOf(network, name));
    const variable = tf.variable(initial, true, `${prefix}/${name}`);
    initial.dispose(); // the variable has a share of its own
    parameters.set(name, variable);
    return variable;
  });
  for (const name of network.tables) {
    parameters.set(name, tf.keep(toTf(tf, initialOf(network, name))));
  }
  let optimizer: ReturnType<typeof tf.train.sgd> | null = null;
  return {
    dispatch: [],
    start(rate): void {
      optimizer?.dispose();
      optimizer = usesAdam(network)
        ? tf.train.adam(rate, ...BETAS, EPSILON) as unknown as typeof optimizer // an optimizer as well
        : tf.train.momentum(rate, MOMENTUM);
      variables.forEach((variable, i) => {
        heap.float32(variable).set(initialOf(network, names[i]!).data);
      });
    },
    step: () =>
      tidied(tf, () => {
        const { loss, gradients } = derive(ops, network, parameters, variables);
        optimizer!.applyGradients(
          Object.fromEntries(variables.map(({ name }, i) => [name, gradients[i]!])) as Parameters<
            NonNullable<typeof optimizer>["applyGradients"]
          >[0],
        );
        return loss;
      }),
    parameters: () => comparable(network, (name) => heap.float32(parameters.get(name)!).slice()),
    [Symbol.dispose](): void {
      optimizer?.dispose();
      tf.dispose([...parameters.values()]);
    },
  };
}

/** A row for each pruned layer with its products forward, by inputs and by weights, and one for all other products. */
function dispatchOf(
  { graph }: TrainingNetwork,
  uses: readonly FrozenUse[],
  { target }: TrainingTfjs,
): readonly LayerDispatch[] {
  if (uses.length === 0) return [];
  const macs = new Map(graphLayers(graph).map(({ weight, macs }) => [weight, macs]));
  const pruned = uses.map(({ name, sparsity, products }): LayerDispatch => {
    const kinds = Object.values(products);
    const skipped = kinds.filter((kind) => kind === "sparse").length / kinds.length * sparsity;
    const macsDense = kinds.length * macs.get(name)!;
    return {
      layer: name,
      kernel: `${kinds.includes("sparse") ? "sparse" : "dense"}_products_f32_${target}`,
      sparsity,
      skipped,
      reason: Object.entries(products).map(([product, kind]) => `${product} ${kind}`).join(", "),
      macsDone: Math.round(macsDense * (1 - skipped)),
      macsDense,
    };
  });
  const others = PRODUCTS * graphMacs(graph) -
    pruned.reduce((sum, { macsDense }) => sum + macsDense, 0);
  return [...pruned, {
    layer: "other products",
    kernel: `dense_products_f32_${target}`,
    sparsity: null,
    skipped: null,
    reason: "not pruned",
    macsDone: others,
    macsDense: others,
  }];
}
