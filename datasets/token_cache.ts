/**
 * Token lists in the stage cache, so that texts are tokenised once.
 *
 * @module
 */
import { openStage, writeAtomic } from "../core/mod.ts";
import type { TokenLists } from "./examples.ts";

/** Token lists of a data set. */
export interface TokenSplits {
  /** Training examples. */
  readonly train: TokenLists;
  /** Evaluation examples. */
  readonly dev: TokenLists;
}

const FIELDS = ["tokens", "lengths", "firstLengths", "labels"] as const;
const SPLITS = ["train", "dev"] as const;

/**
 * Token lists from the cache entry of this key, made and kept if they are not there.
 *
 * @param key Hash of everything that they depend on.
 */
export async function cachedTokens(
  cacheDirectory: string,
  key: string,
  make: () => TokenSplits,
): Promise<TokenSplits> {
  using entry = await openStage(cacheDirectory, "tokens", key);
  if (entry.found === "complete") {
    const read = async (split: "train" | "dev"): Promise<TokenLists> => {
      const [tokens, lengths, firstLengths, labels] = await Promise.all(
        FIELDS.map((field) => readInt32(entry.path(`${split}.${field}.i32`))),
      );
      return {
        tokens: tokens!,
        lengths: lengths!,
        firstLengths: firstLengths!,
        labels: labels!,
      };
    };
    return { train: await read("train"), dev: await read("dev") };
  }
  const made = make();
  for (const split of SPLITS) {
    for (const field of FIELDS) {
      const { buffer, byteOffset, byteLength } = made[split][field];
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      await writeAtomic(entry.path(`${split}.${field}.i32`), bytes);
    }
  }
  await entry.finish();
  return made;
}

/** Little-endian, as every machine that this runs on. */
async function readInt32(path: string): Promise<Int32Array> {
  const bytes = await Deno.readFile(path);
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
