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

/**
 * Mean cross-entropy of logits `[batch, classes]` with the true classes.
 *
 * @param smoothing Share of the target that is spread evenly over all classes, the true one included (Szegedy et al. 2016), as in
 * PyTorch; 0 to 1.
 */
export function crossEntropy(logits: Floats, labels: ArrayLike<number>, smoothing = 0): Loss {
  const classes = logits.length / labels.length;
  const spread = smoothing / classes;
  const gradient = new Float32Array(logits.length);
  let value = 0;
  for (let row = 0; row < labels.length; row++) {
    const logs = logSoftmax(logits.subarray(row * classes, (row + 1) * classes), 1);
    for (let i = 0; i < classes; i++) {
      const wanted = (i === labels[row] ? 1 - smoothing : 0) + spread;
      if (wanted > 0) value -= wanted * logs[i]! / labels.length;
      gradient[row * classes + i] = (Math.exp(logs[i]!) - wanted) / labels.length;
    }
  }
  return { value, gradient };
}

/**
 * Mean binary cross-entropy of logits with labels from 0 to 1, as `BCEWithLogitsLoss` of PyTorch.
 */
export function logisticLoss(logits: Floats, labels: ArrayLike<number>): Loss {
  const gradient = new Float32Array(logits.length);
  let value = 0;
  for (let i = 0; i < logits.length; i++) {
    const x = logits[i]!;
    // log(1 + e^x) - label · x, without overflow.
    value += Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - labels[i]! * x;
    gradient[i] = (1 / (1 + Math.exp(-x)) - labels[i]!) / logits.length;
  }
  return { value: value / logits.length, gradient };
}

/** Logarithms are no lower than this, and products in divisors no smaller than the other, as in PyTorch. */
const [LEAST_LOG, LEAST_PRODUCT] = [-100, 1e-12];

/**
 * Mean binary cross-entropy of probabilities with labels from 0 to 1, as `BCELoss` of PyTorch: finite for probabilities of 0 and 1.
 */
export function binaryCrossEntropy(probabilities: Floats, labels: ArrayLike<number>): Loss {
  const count = probabilities.length;
  const gradient = new Float32Array(count);
  let value = 0;
  for (let i = 0; i < count; i++) {
    const [p, label] = [probabilities[i]!, labels[i]!];
    value -= label * Math.max(LEAST_LOG, Math.log(p)) +
      (1 - label) * Math.max(LEAST_LOG, Math.log1p(-p));
    gradient[i] = (p - label) / Math.max(LEAST_PRODUCT, p * (1 - p)) / count;
  }
  return { value: value / count, gradient };
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
  const gradient = new Float32Array(student.length);
  const count = tokenCount(lengths) * hidden;
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

/**
 * Mean squared error between attention probabilities `[batch, heads, sequence, sequence]`, over the pairs of real tokens only: rows
 * and columns at padding depend on how far a batch is padded.
 */
export function attentionError(
  student: Floats,
  teacher: Floats,
  lengths: Int32Array,
  heads: number,
): Loss {
  const perHead = student.length / (lengths.length * heads);
  const sequence = Math.sqrt(perHead);
  const gradient = new Float32Array(student.length);
  const count = heads * pairCount(lengths);
  let squares = 0;
  for (let plane = 0; plane < lengths.length * heads; plane++) {
    const length = lengths[Math.floor(plane / heads)]!;
    for (let row = 0; row < length; row++) {
      const start = plane * perHead + row * sequence;
      for (let i = start; i < start + length; i++) {
        const difference = student[i]! - teacher[i]!;
        squares += difference * difference;
        gradient[i] = 2 * difference / count;
      }
    }
  }
  return { value: squares / count, gradient };
}

/** Real tokens of all examples: what {@linkcode hiddenError} is a mean over, but for the width. */
export function tokenCount(lengths: Int32Array): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}

/** Pairs of real tokens of all examples: what {@linkcode attentionError} is a mean over, but for the heads. */
export function pairCount(lengths: Int32Array): number {
  return lengths.reduce((sum, length) => sum + length ** 2, 0);
}

function logSoftmax(logits: Floats, temperature: number): Float64Array {
  const scaled = Float64Array.from(logits, (logit) => logit / temperature);
  const largest = Math.max(...scaled);
  const sum = scaled.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return scaled.map((logit) => logit - largest - Math.log(sum));
}
