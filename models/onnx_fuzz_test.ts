/**
 * Broken files must never do more harm than an error that says what is wrong: real models, with bits flipped and parts cut out.
 */
import { assert } from "@std/assert";
import { createRandom, type Random } from "../core/mod.ts";
import { buildDlrm } from "./dlrm.ts";
import { dlrmConfig } from "./dlrm_config.ts";
import { networkNamed } from "./networks.ts";
import { encodeOnnx } from "./onnx.ts";
import { decodeOnnx } from "./onnx_decode.ts";
import { zeroParameters } from "./parameter_source.ts";
import { splitOnnx } from "./onnx_split.ts";
import { concatenate } from "./tensor_bytes.ts";

const SEED = Deno.env.get("SKIPZERO_FUZZ_SEED") ?? "onnx";
const TRIES = 200;

/** Heads without weights, in which every byte means something, and a whole small file. */
const FILES: Readonly<Record<string, Uint8Array>> = {
  "a BERT": head("bert-tiny"),
  "a CNN": head("mnist-cnn"),
  "a residual network": head("resnet20"),
  "a recommender": splitOnnx(buildDlrm(dlrmConfig(2 ** 20), { batch: 1 }, zeroParameters())).model,
  "a whole file": encodeOnnx(networkNamed("resnet20").build({ batch: 1 })),
};

function head(name: string): Uint8Array {
  return splitOnnx(networkNamed(name).build({ batch: 1 }, zeroParameters())).model;
}

/** What can happen to a file. */
const DAMAGES: Readonly<Record<string, (bytes: Uint8Array, random: Random) => Uint8Array>> = {
  "bits flipped": (bytes, random) => {
    const broken = Uint8Array.from(bytes);
    for (let i = random.integer(4); i >= 0; i--) {
      broken[random.integer(broken.length)]! ^= 1 << random.integer(8);
    }
    return broken;
  },
  "its end cut off": (bytes, random) => bytes.subarray(0, random.integer(bytes.length)),
  "a part cut out": (bytes, random) => {
    const [from, count] = [random.integer(bytes.length), random.integer(40)];
    return concatenate([bytes.subarray(0, from), bytes.subarray(from + count)]);
  },
  "a part repeated": (bytes, random) => {
    const [from, count] = [random.integer(bytes.length), random.integer(40)];
    return concatenate([bytes.subarray(0, from + count), bytes.subarray(from)]);
  },
  "large numbers inside": (bytes, random) => {
    const broken = Uint8Array.from(bytes);
    const from = random.integer(broken.length);
    broken.fill(0xff, from, from + 1 + random.integer(9));
    return broken;
  },
};

const made = new Map<number, Uint8Array<ArrayBuffer>>();

/** Elements that lie elsewhere, shared by all tries. As a reader would, it looks whether there are so many first. */
function elements(sizeBytes: number): Uint8Array<ArrayBuffer> {
  if (sizeBytes > 2 ** 24) throw new RangeError("Cannot read weights: too many, expected fewer");
  const known = made.get(sizeBytes) ?? new Uint8Array(sizeBytes);
  made.set(sizeBytes, known);
  return known;
}

/** Fails unless a file is read, or refused in words by a class of ours. */
function checkRefusal(bytes: Uint8Array, what: string): boolean {
  try {
    decodeOnnx(bytes, "broken.onnx", { external: (_, sizeBytes) => elements(sizeBytes) });
    return false;
  } catch (error) {
    const known = error instanceof SyntaxError || error instanceof RangeError ||
      error instanceof TypeError;
    assert(known && error.message.startsWith("Cannot "), `${what}: ${(error as Error).stack}`);
    return true;
  }
}

for (const [name, bytes] of Object.entries(FILES)) {
  for (const [damage, apply] of Object.entries(DAMAGES)) {
    Deno.test(`decodeOnnx() refuses in words or reads ${name} with ${damage}`, () => {
      const random = createRandom(`${SEED} ${name} ${damage}`);
      const tries = bytes.length > 1e5 ? TRIES / 10 : TRIES;
      let refused = 0;
      for (let i = 0; i < tries; i++) {
        if (checkRefusal(apply(bytes, random), `try ${i} of seed "${SEED}"`)) refused++;
      }
      assert(refused > 0 || bytes.length > 1e5, "no damage was noticed");
    });
  }
}
