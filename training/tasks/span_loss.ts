/**
 * The loss of finding answers: where does it start, and where does it end?
 *
 * Positions after the last token of a window take no part: what a network says there depends on how far its batch is padded.
 *
 * @module
 */
import type { Floats } from "../../engines/tfjs/mod.ts";
import { crossEntropy, type Loss, softTargets } from "../loss.ts";

/**
 * Mean cross-entropy of scores `[batch, sequence]` with the true positions.
 *
 * @param lengths Tokens of each window.
 * @param positions True position in each window; windows with one outside of their tokens are ignored, as in the published code.
 */
export function positionLoss(scores: Floats, lengths: Int32Array, positions: Int32Array): Loss {
  return sumOverWindows(
    scores,
    lengths,
    countedWindows(lengths, positions),
    (own, row) => crossEntropy(own, [positions[row]!]),
  );
}

/** Numbers of the windows that {@linkcode positionLoss} is a mean over: those with the true position among their tokens. */
export function countedWindows(lengths: Int32Array, positions: Int32Array): readonly number[] {
  return [...lengths.keys()].filter((row) =>
    positions[row]! >= 0 && positions[row]! < lengths[row]!
  );
}

/**
 * Mean divergence of a student's positions from its teacher's at a temperature, times the temperature squared; scores are
 * `[batch, sequence]`.
 *
 * @param lengths Tokens of each window.
 */
export function softPositionLoss(
  student: Floats,
  teacher: Floats,
  lengths: Int32Array,
  temperature: number,
): Loss {
  const sequence = student.length / lengths.length;
  const rows = [...lengths.keys()];
  return sumOverWindows(student, lengths, rows, (own, row) => {
    const theirs = teacher.subarray(row * sequence, row * sequence + lengths[row]!);
    return softTargets(own, theirs, 1, temperature);
  });
}

/** Mean over some windows of a loss of the scores of their tokens. */
function sumOverWindows(
  scores: Floats,
  lengths: Int32Array,
  rows: readonly number[],
  lossOf: (own: Floats, row: number) => Loss,
): Loss {
  const sequence = scores.length / lengths.length;
  const gradient = new Float32Array(scores.length);
  let value = 0;
  for (const row of rows) {
    const start = row * sequence;
    const loss = lossOf(scores.subarray(start, start + lengths[row]!), row);
    value += loss.value / rows.length;
    loss.gradient.forEach((part, i) => gradient[start + i] = part / rows.length);
  }
  return { value, gradient };
}
