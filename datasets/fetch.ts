/**
 * Published data sets from their publishers, into the layout that `--data` has.
 *
 * @module
 */
import { join } from "@std/path";
import { didYouMean, sha256Hex, UsageError, writeAtomic } from "../core/mod.ts";
import { download, hashIfThere } from "./download.ts";
import type { TransferOptions, TransferProgress } from "./transfer.ts";
import { unzip } from "./zip.ts";

/** A file to download. */
export interface FetchSource {
  /** Where it is published. */
  readonly url: string;
  /** sha256 of the file. */
  readonly sha256: string;
  /** Where it goes below the data directory, `/` between folders. */
  readonly path: string;
  /** Of a zip archive: the files to unpack, by name in the archive, and where each goes. Absent = none. */
  readonly unpack?: Readonly<Record<string, string>>;
}

/** How to fetch. */
export interface FetchOptions extends Pick<TransferOptions, "signal" | "pauseMs" | "patienceMs"> {
  /** Data directory; made if it is not there. */
  readonly directory: string;
  /** Told how far each file is. */
  readonly onProgress?: (path: string, progress: TransferProgress) => void;
}

/** A file that is now in the data directory. */
export interface FetchedFile {
  /** Where it is, below the data directory. */
  readonly path: string;
  /** Its content. */
  readonly sha256: string;
  /** Whether it was there before. */
  readonly wasPresent: boolean;
}

/** A revision is named, so that the content cannot change. */
const VOCABULARY: FetchSource = {
  url:
    "https://huggingface.co/bert-base-uncased/resolve/86b5e0934494bd15c9632b12f734a8a67f723594/vocab.txt",
  sha256: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
  path: "bert/vocab.txt",
};

/**
 * Where each published data set comes from.
 *
 * Addresses and sha256 of the GLUE files are those of Hugging Face's loader (huggingface/datasets, `datasets/glue`).
 */
export const FETCH_SOURCES: Readonly<Record<"sst2" | "mrpc", readonly FetchSource[]>> = {
  sst2: [
    {
      url: "https://dl.fbaipublicfiles.com/glue/data/SST-2.zip",
      sha256: "d67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa",
      path: "glue/SST-2.zip",
      unpack: {
        "SST-2/train.tsv": "glue/SST-2/train.tsv",
        "SST-2/dev.tsv": "glue/SST-2/dev.tsv",
      },
    },
    VOCABULARY,
  ],
  mrpc: [
    {
      url: "https://dl.fbaipublicfiles.com/senteval/senteval_data/msr_paraphrase_train.txt",
      sha256: "60a9b09084528f0673eedee2b69cb941920f0b8cd0eeccefc464a98768457f89",
      path: "glue/MRPC/msr_paraphrase_train.txt",
    },
    {
      url: "https://dl.fbaipublicfiles.com/senteval/senteval_data/msr_paraphrase_test.txt",
      sha256: "a04e271090879aaba6423d65b94950c089298587d9c084bf9cd7439bd785f784",
      path: "glue/MRPC/msr_paraphrase_test.txt",
    },
    {
      url: "https://dl.fbaipublicfiles.com/glue/data/mrpc_dev_ids.tsv",
      sha256: "971d7767d81b997fd9060ade0ec23c4fc31cbb226a55d1bd4a1bac474eb81dc7",
      path: "glue/MRPC/dev_ids.tsv",
    },
    VOCABULARY,
  ],
};

/**
 * Fetches a published data set. What is there already, with the expected content, is not fetched again.
 *
 * @throws {UsageError} If there is nothing to fetch by that name.
 * @throws {EnvironmentError} As {@linkcode download}.
 */
export async function fetchDataset(
  name: string,
  options: FetchOptions,
): Promise<readonly FetchedFile[]> {
  return await fetchSources(sourcesOf(name), options);
}

function sourcesOf(name: string): readonly FetchSource[] {
  if (name === "sst2" || name === "mrpc") return FETCH_SOURCES[name];
  const names = Object.keys(FETCH_SOURCES);
  if (name.startsWith("synthetic-")) {
    throw new UsageError(`Cannot fetch "${name}": it is generated, expected ${names.join(" or ")}`);
  }
  const near = didYouMean(name, names);
  throw new UsageError(`Cannot fetch "${name}": no such data set, expected ${names.join(" or ")}`, {
    remedy: `deno task fetch ${near ?? names[0]}`,
  });
}

/**
 * Fetches files one after the other, and unpacks archives, which stay beside what was in them.
 *
 * @throws {EnvironmentError} As {@linkcode download}.
 * @throws {SyntaxError} If an archive is none.
 */
export async function fetchSources(
  sources: readonly FetchSource[],
  options: FetchOptions,
): Promise<readonly FetchedFile[]> {
  const fetched: FetchedFile[] = [];
  for (const source of sources) {
    const { directory, onProgress, ...transfer } = options;
    const state = await download({
      ...transfer,
      url: source.url,
      sha256: source.sha256,
      path: join(directory, source.path),
      onProgress: (progress) => onProgress?.(source.path, progress),
    });
    fetched.push({ path: source.path, sha256: source.sha256, wasPresent: state === "present" });
    if (source.unpack) fetched.push(...await unpack(source.path, source.unpack, directory));
  }
  return fetched;
}

/** Archives are small and their names are ours, so nothing outside the data directory can be written. */
async function unpack(
  archive: string,
  targets: Readonly<Record<string, string>>,
  directory: string,
): Promise<FetchedFile[]> {
  const files = unzip(await Deno.readFile(join(directory, archive)), Object.keys(targets));
  const fetched: FetchedFile[] = [];
  for (const [name, path] of Object.entries(targets)) {
    const content = files.get(name)!;
    const sha256 = sha256Hex(content);
    const wasPresent = await hashIfThere(join(directory, path)) === sha256;
    if (!wasPresent) await writeAtomic(join(directory, path), content);
    fetched.push({ path, sha256, wasPresent });
  }
  return fetched;
}
