/**
 * Training in tfjs' own operations: what ours is measured against.
 *
 * The WebAssembly backend lacks two kernels that training needs. The gradient of a convolution by its weights is put together from
 * operations that there are; the gradient of a look-up is left out, so that tables are not trained.
 *
 * @module
 */
import type { Heap, Tf, TfTensor } from "./heap.ts";
import { type Ops, stockOps } from "./ops.ts";

/**
 * tfjs' operations, able to train.
 *
 * @param turns Whether linear layers turn operands before their products in the gradient, too: with a transposed operand tfjs' product is a
 * plain loop, some 15 times slower. tfjs by itself does not.
 */
export function trainableStockOps(tf: Tf, heap: Heap, turns: boolean): Ops {
  addFilterGradient(tf, heap);
  const stock = stockOps(tf);
  return turns
    ? { ...stock, linear: (x, weight, bias) => turnedLinear(tf, x, weight, bias) }
    : stock;
}

type Matrix = ReturnType<Tf["tensor2d"]>;

function turnedLinear(tf: Tf, x: TfTensor, weight: TfTensor, bias: TfTensor): TfTensor {
  const [outputs, inputs] = weight.shape as [number, number]; // of rank 2
  const rows = tf.reshape(x, [x.size / inputs, inputs]) as Matrix;
  const product = tf.customGrad((...given) => {
    const [a, w, save] = given as unknown as [TfTensor, TfTensor, (kept: TfTensor[]) => void]; // as tfjs calls it
    save([a, w]);
    return {
      value: tf.matMul(a, tf.transpose(w)),
      gradFunc: (dy: TfTensor, kept: TfTensor[]) => [
        tf.matMul(dy, kept[1]!),
        tf.matMul(tf.transpose(dy), kept[0]!),
      ],
    };
  });
  const y = tf.add(product(rows, weight), bias);
  return tf.reshape(y, [...x.shape.slice(0, -1), outputs]);
}

const FILTER_GRADIENT = "Conv2DBackpropFilter";

type Images = ReturnType<Tf["tensor4d"]>;

/** Registers the gradient of a convolution by its weights, unless there is one: itself a convolution over the batch. */
function addFilterGradient(tf: Tf, heap: Heap): void {
  if (tf.getKernel(FILTER_GRADIENT, "wasm")) return;
  tf.registerKernel({
    kernelName: FILTER_GRADIENT,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => {
      const { x, dy } = inputs as { x: TfTensor; dy: TfTensor }; // named so by tfjs
      const { strides, filterShape } = attrs as unknown as {
        strides: number | [number, number];
        filterShape: [number, number, number, number];
      };
      return tf.tidy(() => heap.share(filterGradient(tf, x, dy, strides, filterShape)) as TfTensor);
    },
  });
}

/** `x` `[N, H, W, C]` with its pads, `dy` `[N, H', W', O]`. */
function filterGradient(
  tf: Tf,
  x: TfTensor,
  dy: TfTensor,
  strides: number | [number, number],
  [height, width, channels, outputs]: readonly [number, number, number, number],
): TfTensor {
  const places = tf.transpose(x, [3, 1, 2, 0]) as Images;
  const taps = tf.transpose(dy, [1, 2, 0, 3]) as Images;
  const sums = tf.conv2d(places, taps, 1, "valid", "NHWC", strides);
  const cut = tf.slice(sums, [0, 0, 0, 0], [channels, height, width, outputs]);
  return tf.transpose(cut, [1, 2, 0, 3]);
}
