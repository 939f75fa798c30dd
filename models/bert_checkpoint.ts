/**
 * Reads BERT checkpoints as Hugging Face stores them.
 *
 * @module
 */
import { createRandom, type Random, type Tensor, type TensorOf } from "../core/mod.ts";
import { bertNames, listed, readCheckpoint } from "./checkpoint.ts";
import { type BertConfig, bertParameterShapes, initialiseParameter } from "./bert_config.ts";

/** Parameters from a checkpoint, and what did not fit. */
export interface BertCheckpoint {
  /** Every parameter of the configuration. */
  readonly parameters: Map<string, TensorOf<"float32">>;
  /** Parameters of the head that the file lacks; they are drawn afresh. */
  readonly missing: readonly string[];
  /** Tensors of the file that the network does not have, such as those of another head. */
  readonly unexpected: readonly string[];
  /** What happened, in words, for the list of deviations; empty if the file had everything. */
  readonly notes: readonly string[];
}

/** Parameters that a pretrained checkpoint need not have. */
const HEAD = /^(bert\.pooler|classifier|qa_outputs)\./;

/**
 * Reads a checkpoint of BERT, safetensors or saved by PyTorch, with or without the `bert.` prefix, with the old names `gamma` and `beta` or the new ones.
 *
 * @param random Draws the head if the file has none; from a fixed seed unless given.
 * @throws {RangeError} If parameters of the encoder are missing or of another shape; the message names them.
 * @throws {SyntaxError} If the file is no checkpoint.
 */
export async function loadBertCheckpoint(
  path: string,
  config: BertConfig,
  random: Random = createRandom(0),
): Promise<BertCheckpoint> {
  const { tensors } = await readCheckpoint(path);
  const stored = new Map([...tensors].map(([name, tensor]) => [bertNames(name), tensor]));
  const parameters = new Map<string, TensorOf<"float32">>();
  const missing: string[] = [];
  for (const [name, shape] of bertParameterShapes(config)) {
    const tensor = stored.get(name);
    stored.delete(name);
    if (tensor === undefined) missing.push(name);
    parameters.set(
      name,
      tensor === undefined
        ? initialiseParameter(name, shape, random)
        : checked(path, config, name, shape, tensor),
    );
  }
  const lost = missing.filter((name) => !HEAD.test(name));
  const unexpected = [...stored.keys()].filter((name) => name !== null);
  if (lost.length > 0) {
    throw new RangeError(
      `Cannot load ${path} as ${config.name}: ${lost.length} parameters are missing (${
        listed(lost)
      }), ${unexpected.length} tensors are unexpected (${
        listed(unexpected)
      }), expected all parameters outside the head`,
    );
  }
  return { parameters, missing, unexpected, notes: notesOn(missing, unexpected) };
}

function checked(
  path: string,
  config: BertConfig,
  name: string,
  shape: readonly number[],
  tensor: Tensor,
): TensorOf<"float32"> {
  if (tensor.dtype !== "float32" || tensor.shape.join() !== shape.join()) {
    throw new RangeError(
      `Cannot load ${path} as ${config.name}: "${name}" is ${tensor.dtype} [${tensor.shape}], expected float32 [${shape}]`,
    );
  }
  return tensor;
}

function notesOn(missing: readonly string[], unexpected: readonly string[]): string[] {
  const notes: string[] = [];
  if (missing.length > 0) {
    notes.push(`not in the checkpoint and drawn afresh: ${missing.join(", ")}`);
  }
  if (unexpected.length > 0) {
    notes.push(`in the checkpoint and not used: ${unexpected.join(", ")}`);
  }
  return notes;
}
