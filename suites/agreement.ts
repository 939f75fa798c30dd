/**
 * Do two engines compute the same? Checked before anything is timed.
 *
 * @module
 */
import { float32, type Tensor } from "../core/mod.ts";
import type { Tensors } from "../engines/mod.ts";

/** Leading rows of float outputs as plain numbers, by name: what crosses between processes. */
export type Rows = Readonly<Record<string, readonly number[]>>;

/**
 * Largest difference allowed, as a fraction of the largest expected value. Orders of summation differ between engines by
 * about 1e-6 a layer; an approximate GELU or a wrong mask by 1e-3 and more.
 */
export const TOLERANCE = 2e-4;

/** How far outputs are from what was expected. */
export interface Agreement {
  /** Largest absolute difference; `NaN` where an output is not a number, is missing or has another size. */
  readonly maxError: number;
  /** What is wrong, or `null` if they agree. */
  readonly problem: string | null;
  /** Whose outputs they were compared with; left out where nobody's were there. */
  readonly against?: string;
}

/** What the readable interpreter goes by in messages and results. */
export const REFERENCE = "the reference";

/** A reference keeps at most about so many values of an output for each example: detectors give a million. */
const KEPT_VALUES = 4096;

/** The first `rows` rows (of the first axis) of every output. */
export function rowsOf(outputs: Tensors, rows: number): Rows {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => {
      const width = tensor.data.length / (tensor.shape[0] ?? 1);
      return [name, numbers(tensor).slice(0, rows * width)];
    }),
  );
}

/** Some values of every output, evenly spread over each row: as few as fit into a message to another process. */
export function thinned(outputs: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => {
      const rows = tensor.shape[0] ?? 1;
      const width = tensor.data.length / rows;
      const step = Math.ceil(width / KEPT_VALUES);
      if (step <= 1) return [name, tensor];
      const values = numbers(tensor).filter((_, index) => index % width % step === 0);
      return [name, float32([rows, values.length / rows], Float32Array.from(values))];
    }),
  );
}

/**
 * Compares outputs with what is expected of their leading rows.
 *
 * @param against Whose expectation it is, for the message.
 */
export function compareOutputs(outputs: Tensors, expected: Rows, against: string): Agreement {
  let maxError = 0;
  for (const [name, wanted] of Object.entries(expected)) {
    const tensor = outputs[name];
    if (tensor === undefined || tensor.data.length < wanted.length) {
      const found = tensor === undefined ? "missing" : `${tensor.data.length} values`;
      return {
        maxError: NaN,
        against,
        problem: `output "${name}" is ${found}, expected ${wanted.length} values or more`,
      };
    }
    const difference = largestDifference(numbers(tensor), wanted);
    const limit = TOLERANCE * wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // Written so that NaN fails.
    if (!(difference <= limit)) {
      return {
        maxError: difference,
        against,
        problem: `output "${name}" differs from ${against} by ${difference.toPrecision(2)}, ` +
          `expected at most ${limit.toPrecision(2)}`,
      };
    }
    maxError = Math.max(maxError, difference);
  }
  return { maxError, problem: null, against };
}

function largestDifference(found: readonly number[], wanted: readonly number[]): number {
  let largest = 0;
  for (const [index, value] of wanted.entries()) {
    const difference = Math.abs(found[index]! - value);
    if (Number.isNaN(difference)) return NaN;
    largest = Math.max(largest, difference);
  }
  return largest;
}

function numbers(tensor: Tensor): number[] {
  return Array.from<number | bigint, number>(tensor.data, Number);
}
