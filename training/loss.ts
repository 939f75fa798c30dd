/**
 * Losses and their gradients, on arrays.
 *
 * @module
 */
import type { Floats } from "../engines/tfjs/mod.ts";

/** A loss and its gradient by its first argument. */
export interface Loss {
  /** Value. */
  readonly value: number;
  /** As long as the argument. */
  readonly gradient: Floats;
}

/** Mean cross-entropy of logits `[batch, classes]` with the true classes. */
export function crossEntropy(logits: Floats, labels: ArrayLike<number>): Loss {
  const classes = logits.length / labels.length;
  const gradient = new Float32Array(logits.length);
  let value = 0;
  for (let row = 0; row < labels.length; row++) {
    const logs = logSoftmax(logits.subarray(row * classes, (row + 1) * classes), 1);
    value -= logs[labels[row]!]! / labels.length;
    for (let i = 0; i < classes; i++) {
      const wanted = i === labels[row] ? 1 : 0;
      gradient[row * classes + i] = (Math.exp(logs[i]!) - wanted) / labels.length;
    }
  }
  return { value, gradient };
}

/**
 * Kullback-Leibler divergence of the student's classes from the teacher's at a temperature, averaged over the batch and multiplied by the
 * temperature squared (Hinton, Vinyals and Dean 2015).
 */
export function softTargets(
  student: Floats,
  teacher: Floats,
  batch: number,
  temperature: number,
): Loss {
  const classes = student.length / batch;
  const gradient = new Float32Array(student.length);
  let value = 0;
  for (let row = 0; row < batch; row++) {
    const part = (all: Floats) => all.subarray(row * classes, (row + 1) * classes);
    const ours = logSoftmax(part(student), temperature);
    const theirs = logSoftmax(part(teacher), temperature);
    for (let i = 0; i < classes; i++) {
      const wanted = Math.exp(theirs[i]!);
      value += wanted * (theirs[i]! - ours[i]!) * temperature ** 2 / batch;
      gradient[row * classes + i] = temperature * (Math.exp(ours[i]!) - wanted) / batch;
    }
  }
  return { value, gradient };
}

/**
 * Mean squared error between hidden states `[batch, sequence, hidden]`, over real tokens only: what stands at padding depends on how
 * far a batch is padded.
 */
export function hiddenError(
  student: Floats,
  teacher: Floats,
  lengths: Int32Array,
  hidden: number,
): Loss {
  const perExample = student.length / lengths.length;
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const gradient = new Float32Array(student.length);
  const count = tokens * hidden;
  let squares = 0;
  lengths.forEach((length, row) => {
    const start = row * perExample;
    for (let i = start; i < start + length * hidden; i++) {
      const difference = student[i]! - teacher[i]!;
      squares += difference * difference;
      gradient[i] = 2 * difference / count;
    }
  });
  return { value: squares / count, gradient };
}

function logSoftmax(logits: Floats, temperature: number): Float64Array {
  const scaled = Float64Array.from(logits, (logit) => logit / temperature);
  const largest = Math.max(...scaled);
  const sum = scaled.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return scaled.map((logit) => logit - largest - Math.log(sum));
}
