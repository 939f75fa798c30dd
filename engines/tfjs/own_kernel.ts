/**
 * What a kernel of our own is to tfjs.
 *
 * @module
 */
import type * as tfjs from "@tensorflow/tfjs";
import type { Tf, TfInfo, TfTensor } from "./heap.ts";

/** Attributes of a kernel call; each kernel reads its own. */
export type KernelAttributes = Readonly<
  Record<string, number | boolean | readonly number[]>
>;

/** Tensors of a kernel call by name. */
export type Infos = Readonly<Record<string, TfInfo>>;

/** A kernel to register. */
export interface KernelSpec {
  /** Name, without our prefix. */
  readonly name: string;
  /** Computes the output, or several; allocates them on the heap. */
  readonly run: (inputs: Infos, attributes: KernelAttributes) => TfInfo | TfInfo[];
  /** Absent for kernels that only gradients use. */
  readonly gradient?: {
    /** Inputs that the gradients need. */
    readonly save: readonly string[];
    /** How many outputs they need, which then come last; default 0. */
    readonly saveOutput?: number;
    /** Gradient by each input that has one, given that by the first output. */
    readonly by: (
      dy: TfTensor,
      saved: readonly TfTensor[],
      attributes: KernelAttributes,
    ) => Readonly<Record<string, () => TfTensor>>;
  };
}

/** Prefix of the names under which kernels are registered. */
const PREFIX = "Skipzero";

/** Kernels of tfjs' own by those of ours that took their place. */
const STOCK = new WeakMap<object, tfjs.KernelConfig>();

/** Registers a kernel for the WebAssembly backend, in place of one of the same name. */
export function replaceKernel(
  tf: Tf,
  kernelName: string,
  run: KernelSpec["run"],
): void {
  const before = tf.getKernel(kernelName, "wasm");
  if (before) tf.unregisterKernel(kernelName, "wasm");
  const kernelFunc: tfjs.KernelFunc = ({ inputs, attrs }) =>
    run(inputs as Infos, (attrs ?? {}) as KernelAttributes); // as called below
  tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc });
  const stock = before && (STOCK.get(before.kernelFunc) ?? before);
  if (stock) STOCK.set(kernelFunc, stock);
}

/** Puts tfjs' own kernels back where {@linkcode replaceKernel} took their place. */
export function restoreKernels(tf: Tf): void {
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend("wasm")) {
    const stock = STOCK.get(kernelFunc);
    if (!stock) continue;
    tf.unregisterKernel(kernelName, "wasm");
    tf.registerKernel(stock);
  }
}

/** Registers one of our kernels and its gradient, in place of those of an earlier call. */
export function registerOwn(tf: Tf, { name, run, gradient }: KernelSpec): void {
  const kernelName = PREFIX + name;
  replaceKernel(tf, kernelName, run);
  if (tf.getGradient(kernelName)) tf.unregisterGradient(kernelName);
  if (!gradient) return;
  tf.registerGradient({
    kernelName,
    inputsToSave: [...gradient.save],
    outputsToSave: Array<boolean>(gradient.saveOutput ?? 0).fill(true),
    gradFunc: (dy, saved, attrs) =>
      gradient.by(
        Array.isArray(dy) ? dy[0]! : dy,
        saved as TfTensor[],
        attrs as KernelAttributes,
      ),
  });
}

/** Runs one of our kernels that has one output. */
export function runOwn(
  tf: Tf,
  name: string,
  inputs: Readonly<Record<string, TfTensor>>,
  attributes: KernelAttributes = {},
): TfTensor {
  return runOwnAll(tf, name, inputs, attributes)[0]!;
}

/** Runs one of our kernels; gives all its outputs. */
export function runOwnAll(
  tf: Tf,
  name: string,
  inputs: Readonly<Record<string, TfTensor>>,
  attributes: KernelAttributes = {},
): readonly TfTensor[] {
  const result: unknown = tf.engine().runKernel(
    PREFIX + name,
    inputs as tfjs.NamedTensorMap,
    attributes as tfjs.NamedAttrMap, // plain numbers, booleans and lists
  );
  return Array.isArray(result) ? result : [result as TfTensor]; // what kernels give
}
