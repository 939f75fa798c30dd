/**
 * Steps of training as contestants: all train the same network on the same batch, and must have the same loss and the same weights after
 * an update.
 *
 * @module
 */
import { float32 } from "../core/mod.ts";
import type { Availability, Engine, Tensors } from "../engines/mod.ts";
import { bestTarget } from "../kernels/mod.ts";
import { type Agreement, compareOutputs, type Rows, rowsOf, thinned } from "./agreement.ts";
import type { Field, Runner } from "./field.ts";
import { graphMacs } from "./graph_macs.ts";
import { isOurs, type RaceJob } from "./job.ts";
import { openTrainingSession, PRODUCTS, type Trainer } from "./training_session.ts";
import { drawTraining, type TrainingSpec } from "./training_spec.ts";

/** Learning rate of the step that is checked: changes show. */
const CHECKED_RATE = 1e-2;
/** Learning rate of the steps that are timed: weights stay what they are, more or less. */
const TIMED_RATE = 1e-6;

/** tfjs by itself, and with the operands of linear layers turned so that its products are fast ones. */
export const STOCK_TRAINERS = ["tfjs", "tfjs-turned"] as const;

/** Who a contestant's id stands for; `null` if for nobody. */
export function trainerOf(id: string, threads: number): Trainer | null {
  const words = /^skipzero-(native|wasm)(-dense)?$/.exec(id);
  if (words) {
    const family = words[1] as "native" | "wasm"; // the expression allows nothing else
    return { kind: "own", family, threads, skips: words[2] === undefined };
  }
  if (id === "tfjs") return { kind: "stock", turns: false };
  return id === "tfjs-turned" ? { kind: "stock", turns: true } : null;
}

/** Contestants on a step of training. */
export function trainingField(
  { contestants, threads }: RaceJob,
  spec: TrainingSpec,
  findEngine: (id: string) => Engine | undefined,
): Field {
  const network = drawTraining(spec);
  let first: { readonly id: string; readonly rows: Rows } | null = null;
  return {
    macs: PRODUCTS * graphMacs(network.graph),
    leader: contestants.find((id) => !isOurs(id)) ?? null,
    probe: (id) => probe(id, threads, findEngine),
    async load(id): Promise<Runner> {
      const started = performance.now();
      const session = await openTrainingSession(network, trainerOf(id, threads)!);
      session.start(TIMED_RATE);
      return {
        dispatch: session.dispatch,
        loadMs: performance.now() - started,
        run: () => session.step(),
        check(): Promise<Agreement> {
          session.start(CHECKED_RATE);
          const loss = float32([1], Float32Array.of(session.step()));
          const outputs = thinned({ loss, ...session.parameters() });
          session.start(TIMED_RATE);
          const agreement = first === null
            ? { maxError: 0, problem: null }
            : compareOutputs(outputs, first.rows, first.id);
          first ??= { id, rows: allRows(outputs) };
          return Promise.resolve(agreement);
        },
        [Symbol.asyncDispose](): Promise<void> {
          session[Symbol.dispose]();
          return Promise.resolve();
        },
      };
    },
  };
}

function allRows(outputs: Tensors): Rows {
  return Object.assign(
    {},
    ...Object.entries(outputs).map(([name, tensor]) =>
      rowsOf({ [name]: tensor }, tensor.shape[0]!)
    ),
  );
}

async function probe(
  id: string,
  threads: number,
  findEngine: (id: string) => Engine | undefined,
): Promise<Availability | null> {
  const trainer = trainerOf(id, threads);
  if (trainer === null) return null;
  if (trainer.kind === "stock") return await findEngine("tfjs")?.probe() ?? null;
  const target = bestTarget(trainer.family);
  if (target === null) {
    return { available: false, reason: `no ${trainer.family} instruction set works here` };
  }
  const count = trainer.family === "native" ? threads : 1;
  return { available: true, version: "", detail: `${target}, ${count} threads` };
}
