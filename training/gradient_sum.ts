/**
 * Gradients of a step, summed over the parts of its batch.
 *
 * Sums lie outside of the tensors' memory, which parts leave none of, and are used again by the next step.
 *
 * @module
 */
import type { Floats } from "../engines/tfjs/mod.ts";

/** Sums by the name of the parameter. */
export interface GradientSum {
  /** Begins a step: nothing has a gradient. */
  clear(): void;
  /** Adds a part's gradient; takes a copy. */
  add(name: string, gradient: Floats): void;
  /** The sums of the step in the order in which they came, in place. */
  readonly values: ReadonlyMap<string, Floats>;
}

/** Sums without any gradient. */
export function createGradientSum(): GradientSum {
  const arrays = new Map<string, Floats>();
  const values = new Map<string, Floats>();
  return {
    values,
    clear: () => values.clear(),
    add(name, gradient): void {
      const sum = values.get(name);
      if (sum !== undefined) {
        for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!;
        return;
      }
      // Rows that a batch looks up differ in number.
      const known = arrays.get(name);
      const array = known?.length === gradient.length ? known : new Float32Array(gradient.length);
      array.set(gradient);
      arrays.set(name, array);
      values.set(name, array);
    },
  };
}
