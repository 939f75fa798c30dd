/**
 * Gates: activations that let some values through and stop the others.
 *
 * @module
 */
import type { Heap, Tf, TfTensor } from "./heap.ts";
import type { Floats } from "./loops.ts";

/**
 * Lets through what `open` says: the result is `x · open(x)`, and gradients pass where `x` does.
 *
 * @param open 1 for values that pass, 0 for the others, from all values in memory order. It may not keep its argument.
 */
export function gate(tf: Tf, heap: Heap, x: TfTensor, open: (x: Floats) => Floats): TfTensor {
  const gated = tf.customGrad((...given) => {
    const [input, save] = given as unknown as [TfTensor, (kept: TfTensor[]) => void]; // what customGrad passes
    const mask = tf.tensor(open(heap.float32(input)), input.shape, "float32");
    save([mask]);
    return {
      value: tf.mul(input, mask),
      gradFunc: (dy, saved) => tf.mul(dy as TfTensor, saved[0]!),
    };
  });
  return gated(x);
}
