/**
 * A thread beside the training that reads, decodes and changes examples while the last batch is trained on.
 *
 * The batches are those that the same data set gives without a thread, one for one. At most some of them are ready at a time, so that memory
 * stays bounded however slow the training is.
 *
 * @module
 */
import { EnvironmentError } from "../core/mod.ts";
import type { EvaluationBatches, PlaneStreams, TrainBatches } from "./plane_streams.ts";
import { openPlanes, type PlanesSpec } from "./open_planes.ts";
import type { PlaneBatch } from "./planes.ts";

/** What is sent to the thread. */
export type ToWorker =
  | { readonly kind: "open"; readonly spec: PlanesSpec; readonly directory: string }
  | { readonly kind: "start"; readonly split: "train"; readonly options: TrainBatches }
  | { readonly kind: "start"; readonly split: "dev"; readonly options: EvaluationBatches }
  | { readonly kind: "next"; readonly stream: number };

/** What the thread sends. */
export type FromWorker =
  | { readonly kind: "opened" }
  | {
    readonly kind: "batch";
    readonly stream: number;
    readonly batch: PlaneBatch;
    readonly skipped: readonly string[];
  }
  | { readonly kind: "end"; readonly stream: number; readonly skipped: readonly string[] }
  | {
    readonly kind: "error";
    readonly name: string;
    readonly message: string;
    readonly remedy: string | undefined;
  };

/** Streams that a thread prepares. Disposing ends the thread. */
export interface BackgroundPlanes extends PlaneStreams, Disposable {}

/** Batches that are asked for before they are needed. */
const AHEAD = 3;

/**
 * Opens a data set and a thread that prepares its batches. One stream runs at a time; to start another ends the one before.
 *
 * @param directory Root of the published data sets.
 * @throws As {@linkcode openPlanes}; what goes wrong in the thread is thrown where the next batch is awaited.
 */
export async function openInBackground(
  spec: PlanesSpec,
  directory: string,
): Promise<BackgroundPlanes> {
  const facts = await openPlanes(spec, directory);
  const worker = new Worker(new URL("./batch_worker.ts", import.meta.url).href, { type: "module" });
  const inbox = createInbox(worker);
  const send = (message: ToWorker): void => worker.postMessage(message);
  try {
    send({ kind: "open", spec, directory });
    await inbox.next();
  } catch (error) {
    worker.terminate();
    throw error;
  }
  let stream = 0;
  let skipped: readonly string[] = [];
  async function* run(start: ToWorker): AsyncGenerator<PlaneBatch> {
    const own = ++stream;
    send(start);
    for (let i = 0; i < AHEAD; i++) send({ kind: "next", stream: own });
    for (;;) {
      const message = await inbox.next();
      if (own !== stream) throw new Error("Cannot go on with a stream: another one was started");
      // What an earlier stream had asked for is still on its way.
      if (message.kind === "opened" || message.stream !== own) continue;
      skipped = message.skipped;
      if (message.kind === "end") return;
      send({ kind: "next", stream: own });
      yield message.batch;
    }
  }
  return {
    ...facts,
    trainBatches: (options) => run({ kind: "start", split: "train", options }),
    devBatches: (options) => run({ kind: "start", split: "dev", options }),
    skipped: () => skipped,
    [Symbol.dispose]: () => worker.terminate(),
  };
}

type Answer = Exclude<FromWorker, { readonly kind: "error" }>;

/** The thread's messages in order; an error is thrown to whoever waits, now and from then on. */
function createInbox(worker: Worker): { next(): Promise<Answer> } {
  const waiting: { resolve(message: Answer): void; reject(error: Error): void }[] = [];
  const arrived: Answer[] = [];
  let failure: Error | null = null;
  const fail = (error: Error): void => {
    failure = error;
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  worker.onmessage = ({ data }: MessageEvent<FromWorker>): void => {
    if (data.kind === "error") return fail(revive(data));
    const first = waiting.shift();
    if (first) first.resolve(data);
    else arrived.push(data);
  };
  worker.onerror = (event): void => {
    event.preventDefault();
    fail(new Error(`Cannot prepare batches: ${event.message}`));
  };
  return {
    next(): Promise<Answer> {
      const message = arrived.shift();
      if (message) return Promise.resolve(message);
      if (failure) return Promise.reject(failure);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
  };
}

/** Errors lose their class on the way between threads. */
function revive({ name, message, remedy }: Extract<FromWorker, { readonly kind: "error" }>): Error {
  if (name === "EnvironmentError") {
    return new EnvironmentError(message, remedy === undefined ? {} : { remedy });
  }
  if (name === "RangeError") return new RangeError(message);
  return name === "SyntaxError" ? new SyntaxError(message) : new Error(message);
}
