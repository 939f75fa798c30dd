/**
 * What the background thread runs: it opens a data set and sends batches, one for each that is asked for.
 *
 * @module
 */
import { EnvironmentError } from "../core/mod.ts";
import type { FromWorker, ToWorker } from "./background.ts";
import { openPlanes } from "./open_planes.ts";
import type { PlaneStreams } from "./plane_streams.ts";
import type { PlaneBatch } from "./planes.ts";

/** The thread's side of its channel; the types of a page have no such scope. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
};

let streams: PlaneStreams | null = null;
let batches: AsyncGenerator<PlaneBatch> | null = null;
/** Messages are answered one after the other. */
let queue: Promise<void> = Promise.resolve();

scope.onmessage = ({ data }): void => {
  queue = queue.then(() => answer(data)).catch(fail);
};

async function answer(message: ToWorker): Promise<void> {
  if (message.kind === "open") {
    streams = await openPlanes(message.spec, message.directory);
    scope.postMessage({ kind: "opened" });
  } else if (message.kind === "start") {
    await batches?.return(undefined);
    batches = message.split === "train"
      ? streams!.trainBatches(message.options)
      : streams!.devBatches(message.options);
  } else {
    const next = await batches!.next();
    const skipped = streams!.skipped();
    if (next.done) return scope.postMessage({ kind: "end", stream: message.stream, skipped });
    const { examples, planes, labels } = next.value;
    const transfer = [examples, planes, labels].map(({ buffer }) => buffer).filter((buffer) =>
      buffer instanceof ArrayBuffer
    );
    scope.postMessage(
      { kind: "batch", stream: message.stream, batch: next.value, skipped },
      transfer,
    );
  }
}

function fail(error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  const remedy = known instanceof EnvironmentError ? known.remedy : undefined;
  scope.postMessage({ kind: "error", name: known.name, message: known.message, remedy });
}
