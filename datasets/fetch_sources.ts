/**
 * Where published data sets come from.
 *
 * @module
 */

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
  /** Of a tar archive: every file below this folder of it is unpacked into that one. Absent = none. */
  readonly unpackAll?: {
    /** Beginning of the names in the archive; may be empty. */
    readonly from: string;
    /** Folder below the data directory, with a `/` at its end. */
    readonly to: string;
  };
}

/** Data sets that can be downloaded, and checked. */
export type FetchedName = "sst2" | "mrpc" | "mnist" | "squad" | "cifar10" | "speech-commands";

/** Where data sets are published that this program does not download: they want an account, or are too large to be pinned whole. */
export const PUBLISHERS: Readonly<Record<string, string>> = {
  cola: "https://gluebenchmark.com/tasks",
  stsb: "https://gluebenchmark.com/tasks",
  qqp: "https://gluebenchmark.com/tasks",
  mnli: "https://gluebenchmark.com/tasks",
  qnli: "https://gluebenchmark.com/tasks",
  rte: "https://gluebenchmark.com/tasks",
  wnli: "https://gluebenchmark.com/tasks",
  "criteo-kaggle": "https://www.kaggle.com/c/criteo-display-ad-challenge",
  "criteo-terabyte": "https://ailab.criteo.com/download-criteo-1tb-click-logs-dataset/",
  imagenet: "https://image-net.org/download.php",
  coco2017: "https://cocodataset.org/#download",
};

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
 * Addresses and sha256 of the GLUE files are those of Hugging Face's loader (huggingface/datasets, `datasets/glue`), of SQuAD those of
 * ParlAI (`parlai/tasks/squad/build.py`), of MNIST and CIFAR-10 those of tensorflow/datasets, of
 * Speech Commands those of torchaudio.
 */
export const FETCH_SOURCES: Readonly<Record<FetchedName, readonly FetchSource[]>> = {
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
  mnist: [
    mnist("train-images-idx3", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    mnist("train-labels-idx1", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    mnist("t10k-images-idx3", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    mnist("t10k-labels-idx1", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
  ],
  squad: [
    squad("train-v1.1.json", "3527663986b8295af4f7fcdff1ba1ff3f72d07d61a20f487cb238a6ef92fd955"),
    squad("dev-v1.1.json", "95aa6a52d5d6a735563366753ca50492a658031da74f301ac5238b03966972c9"),
    VOCABULARY,
  ],
  cifar10: [
    {
      url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
      sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
      path: "cifar-10-binary.tar.gz",
      unpackAll: { from: "cifar-10-batches-bin/", to: "cifar-10-batches-bin/" },
    },
  ],
  "speech-commands": [
    {
      url:
        "https://storage.googleapis.com/download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
      sha256: "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
      path: "speech_commands_v0.02.tar.gz",
      unpackAll: { from: "", to: "speech_commands_v0.02/" },
    },
  ],
};

function mnist(file: string, sha256: string): FetchSource {
  const name = `${file}-ubyte.gz`;
  const url = `https://storage.googleapis.com/cvdf-datasets/mnist/${name}`;
  return { url, sha256, path: `mnist/${name}` };
}

function squad(name: string, sha256: string): FetchSource {
  const url = `https://rajpurkar.github.io/SQuAD-explorer/dataset/${name}`;
  return { url, sha256, path: `squad/${name}` };
}
