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
  /** Computes the output; allocates it on the heap. */
  readonly run: (inputs: Infos, attributes: KernelAttributes) => TfInfo;
  /** Absent for kernels that only gradients use. */
  readonly gradient?: {
    /** Inputs that the gradients need. */
    readonly save: readonly string[];
    /** Whether they need the output, which then comes last. */
    readonly saveOutput?: boolean;
    /** Gradient by each input that has one. */
    readonly by: (
      dy: TfTensor,
      saved: readonly TfTensor[],
      attributes: KernelAttributes,
    ) => Readonly<Record<string, () => TfTensor>>;
  };
}

/** Prefix of the names under which kernels are registered. */
const PREFIX = "Skipzero";

/** Registers a kernel for the WebAssembly backend, in place of one of the same name. */
export function replaceKernel(
  tf: Tf,
  kernelName: string,
  run: KernelSpec["run"],
): void {
  if (tf.getKernel(kernelName, "wasm")) tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({
    kernelName,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => run(inputs as Infos, (attrs ?? {}) as KernelAttributes), // as called below
  });
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
    outputsToSave: gradient.saveOutput ? [true] : [],
    // One output each, so dy is one tensor.
    gradFunc: (dy, saved, attrs) =>
      gradient.by(dy as TfTensor, saved as TfTensor[], attrs as KernelAttributes),
  });
}

/** Runs one of our kernels. */
export function runOwn(
  tf: Tf,
  name: string,
  inputs: Readonly<Record<string, TfTensor>>,
  attributes: KernelAttributes = {},
): TfTensor {
  return tf.engine().runKernel(
    PREFIX + name,
    inputs as tfjs.NamedTensorMap,
    attributes as tfjs.NamedAttrMap, // plain numbers, booleans and lists
  ) as TfTensor; // one output each
}
