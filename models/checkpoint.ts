/**
 * Checkpoints of any kind that is read, and how their names become those of a network.
 *
 * @module
 */
import { fileFailure, float32, type Tensor, type TensorOf } from "../core/mod.ts";
import { fileKind } from "./file_kind.ts";
import type { ParameterSource } from "./parameter_source.ts";
import { decodePyTorch, isZip } from "./pytorch.ts";
import { decodeSafetensors } from "./safetensors.ts";

/** Tensors of a file. */
export interface Checkpoint {
  /** Tensors by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** What was done to the names, in words; empty if they are as in the file. */
  readonly notes: readonly string[];
}

/** Parameters of a network out of a checkpoint, and what did not fit. */
export interface FittedParameters {
  /** Parameters that the checkpoint has. */
  readonly parameters: Map<string, TensorOf<"float32">>;
  /** Parameters of the network that the checkpoint lacks. */
  readonly missing: readonly string[];
  /** Tensors of the checkpoint that the network does not have. */
  readonly unexpected: readonly string[];
}

/** Names of parameters and their shapes. */
export type ParameterShapes = ReadonlyMap<string, readonly number[]>;

/** First byte of a pickle; a safetensors file may begin with it, too, but has a brace after its length. */
const [PICKLE, BRACE] = [0x80, 0x7b];
/** What programs that train on several devices put before every name. */
const WRAPPED = "module.";

/**
 * Reads a checkpoint: a safetensors file, or what PyTorch saved, told apart by content. A prefix `module.` of all names is taken off.
 *
 * @throws {EnvironmentError} If it cannot be read.
 * @throws {SyntaxError} If it is no checkpoint, is broken, or wants anything but tensors.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  const saved = bytes[8] !== BRACE && (isZip(bytes) || bytes[0] === PICKLE);
  if (!saved) {
    const kind = bytes[8] === BRACE ? null : fileKind(bytes);
    if (kind === null) return unwrapped(decodeSafetensors(bytes, path).tensors);
    throw new SyntaxError(
      `Cannot read ${path}: it is ${kind}, expected safetensors or what PyTorch saves`,
    );
  }
  const { tensors, within } = decodePyTorch(bytes, path);
  const { tensors: named, notes } = unwrapped(tensors);
  return {
    tensors: named,
    notes: within === "" ? notes : [`tensors stood in "${within}"`, ...notes],
  };
}

function unwrapped(tensors: ReadonlyMap<string, Tensor>): Checkpoint {
  const names = [...tensors.keys()];
  if (names.length === 0 || !names.every((name) => name.startsWith(WRAPPED))) {
    return { tensors, notes: [] };
  }
  const bare = [...tensors].map(([name, tensor]): [string, Tensor] => [
    name.slice(WRAPPED.length),
    tensor,
  ]);
  return { tensors: new Map(bare), notes: [`names lost the prefix "${WRAPPED}"`] };
}

/** Records that trainings keep beside the parameters; no network of ours reads them. */
const RECORDS =
  /\.(num_batches_tracked|position_ids|zero_mask|duty_cycle|boost_strength|learning_iterations)$/;

/** A name of a checkpoint as our networks have it, or `null` for what is no parameter. */
export type Renaming = (name: string) => string | null;

/**
 * Names of torchvision and of Numenta's nupic.torch: those of PyTorch's modules, which ours are, too. Wrappers of sparse weights
 * (`linear1.module.weight`) and records are left out.
 */
export function moduleNames(name: string): string | null {
  return RECORDS.test(name) ? null : name.replace(/\.module\./g, ".");
}

/** Where MLPerf's SSD has the parts of its ResNet-34, which it cuts off behind the third stage. */
const BACKBONE: readonly (readonly [part: RegExp, place: string])[] = [
  [/^conv1\./, "model.layer1.0."],
  [/^bn1\./, "model.layer1.1."],
  [/^layer1\./, "model.layer1.4."],
  [/^layer2\./, "model.layer1.5."],
  [/^layer3\./, "model.layer2.0."],
];

/** Names of an SSD with a ResNet-34: its own, or those of torchvision's ResNet-34, which becomes its backbone. */
export function ssdNames(name: string): string | null {
  const renamed = moduleNames(name);
  const part = BACKBONE.find(([part]) => renamed !== null && part.test(renamed));
  return part && renamed !== null ? renamed.replace(...part) : renamed;
}

/** Names of Hugging Face's BERT: with or without `bert.` before them, and old names of layer normalisation. */
export function bertNames(name: string): string | null {
  if (RECORDS.test(name)) return null;
  const renamed = name.replace(/\.gamma$/, ".weight").replace(/\.beta$/, ".bias");
  return /^(embeddings|encoder|pooler)\./.test(renamed) ? `bert.${renamed}` : renamed;
}

/** The parameters that a network reads, found by building it. */
export function parameterShapesOf(build: (source: ParameterSource) => unknown): ParameterShapes {
  const shapes = new Map<string, readonly number[]>();
  build((name, shape) => {
    shapes.set(name, shape);
    return float32(shape);
  });
  return shapes;
}

/**
 * Picks a network's parameters out of a checkpoint. The lists of what is missing and unexpected are the caller's to judge.
 *
 * @param path Only for messages.
 * @throws {RangeError} If a parameter has another shape or element type, or two names of the file become one.
 */
export function fitParameters(
  tensors: ReadonlyMap<string, Tensor>,
  wanted: ParameterShapes,
  rename: Renaming,
  path: string,
): FittedParameters {
  const stored = renamed(tensors, rename, path);
  const parameters = new Map<string, TensorOf<"float32">>();
  for (const [name, shape] of wanted) {
    const tensor = stored.get(name);
    if (tensor === undefined) continue;
    if (tensor.dtype !== "float32" || tensor.shape.join() !== shape.join()) {
      throw new RangeError(
        `Cannot use ${path}: "${name}" is ${tensor.dtype} [${tensor.shape}], expected float32 [${shape}]${
          classesHint(name, tensor, shape)
        }`,
      );
    }
    parameters.set(name, tensor);
  }
  return {
    parameters,
    missing: [...wanted.keys()].filter((name) => !parameters.has(name)),
    unexpected: [...stored.keys()].filter((name) => !parameters.has(name)),
  };
}

/** Most names in a message. */
const MOST_NAMES = 12;

/** Names for a message, the first of them if there are many. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  return names.slice(0, MOST_NAMES).join(", ") + more;
}

function renamed(
  tensors: ReadonlyMap<string, Tensor>,
  rename: Renaming,
  path: string,
): Map<string, Tensor> {
  const stored = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const ours = rename(name);
    if (ours === null) continue;
    if (stored.has(ours)) {
      throw new RangeError(`Cannot use ${path}: two of its tensors are "${ours}", expected one`);
    }
    stored.set(ours, tensor);
  }
  return stored;
}

/** A last layer that differs in its rows alone was trained for another number of classes. */
function classesHint(name: string, tensor: Tensor, shape: readonly number[]): string {
  const last = /^(fc|linear2?|classifier|output)\.(weight|bias)$/.test(name);
  const alike = tensor.shape.slice(1).join() === shape.slice(1).join();
  return last && alike && tensor.shape.length === shape.length
    ? `: it tells ${tensor.shape[0]} classes apart, the data set has ${shape[0]}`
    : "";
}
