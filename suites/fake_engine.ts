/**
 * Engines for tests: they compute a simple function of the token ids, take a set time, and can be wrong.
 *
 * @module
 */
import { float32 } from "../core/mod.ts";
import type { Engine, EngineId, Tensors } from "../engines/mod.ts";

/** How a fake engine behaves. */
export interface FakeOptions {
  /** Id it goes by. */
  readonly id: EngineId;
  /** Called for each run, e.g. to move a fake clock. */
  readonly work?: () => void;
  /** Added to the outputs of the padded check inputs. */
  readonly error?: number;
  /** Reason why it is not there. */
  readonly missing?: string;
  /** Message of the error that loading throws. */
  readonly refuses?: string;
  /** Called when a session is disposed. */
  readonly disposed?: () => void;
}

/** What every right engine answers: per example, two sums over its attended tokens. */
export function fakeOutputs(inputs: Tensors): Tensors {
  const ids = inputs["input_ids"]!;
  const mask = inputs["attention_mask"]!;
  const [batch = 0, sequence = 0] = ids.shape;
  const data = new Float32Array(2 * batch);
  for (let at = 0; at < batch * sequence; at++) {
    const row = Math.floor(at / sequence);
    const value = Number(ids.data[at]) * Number(mask.data[at]);
    data[2 * row]! += value / 1000;
    data[2 * row + 1]! -= value * value / 1e6;
  }
  return { logits: float32([batch, 2], data) };
}

/** Makes a fake engine. */
export function fakeEngine(options: FakeOptions): Engine {
  return {
    id: options.id,
    probe: () =>
      Promise.resolve(
        options.missing === undefined
          ? { available: true, version: "1.0.0", detail: "fake" }
          : { available: false, reason: options.missing },
      ),
    load: () => {
      if (options.refuses !== undefined) return Promise.reject(new RangeError(options.refuses));
      return Promise.resolve({
        dispatch: [{
          layer: "a.weight",
          kernel: "fake_kernel",
          sparsity: 0.9,
          skipped: 0.9,
          reason: "test",
          macsDone: 100,
          macsDense: 1000,
        }],
        loadMs: 3,
        run: (inputs: Tensors) => {
          options.work?.();
          const outputs = fakeOutputs(inputs);
          outputs["logits"]!.data[0] = Number(outputs["logits"]!.data[0]) + (options.error ?? 0);
          return Promise.resolve(outputs);
        },
        [Symbol.asyncDispose]: () => {
          options.disposed?.();
          return Promise.resolve();
        },
      });
    },
  };
}
