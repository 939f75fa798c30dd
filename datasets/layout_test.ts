import { assertStringIncludes } from "@std/assert";
import { missingData, type PublishedName } from "./layout.ts";
import { withFiles } from "./temporary_files.ts";

const CRITEO_ROW = ["1", ...Array.from({ length: 39 }, () => "7")].join("\t");

Deno.test("missingData() names the data set that a directory holds instead", async () => {
  const cases: readonly (readonly [PublishedName, string, Record<string, string>, string])[] = [
    ["squad", "squad/train-v1.1.json", { "train.txt": `${CRITEO_ROW}\n` }, "Criteo's Kaggle log"],
    ["squad", "squad/train-v1.1.json", { "annotations/a.json": "" }, "it holds COCO"],
    ["squad", "squad/train-v1.1.json", { "train.tsv": "index\tquestion\tsentence\n" }, "QNLI"],
    ["criteo-kaggle", "criteo-kaggle/train.txt", { "day_0.gz": "" }, "the Criteo Terabyte log"],
    [
      "cifar10",
      "cifar-10-batches-bin/a",
      { "batches.meta": "" },
      "CIFAR-10 in its version for Pyt",
    ],
    ["cifar10", "cifar-10-batches-bin/a", { "fine_label_names.txt": "" }, "it holds CIFAR-100,"],
    ["coco2017", "coco2017/annotations/a.json", { "train-v1.1.json": "{}" }, "it holds SQuAD"],
    [
      "squad",
      "squad/train-v1.1.json",
      { "mnist/a.gz": "", "glue/b": "" },
      "squad/train-v1.1.json is missing (it holds glue/ and mnist/), expected below it",
    ],
    ["rte", "glue/RTE/train.tsv", { "glue/RTE/dev.tsv": "" }, "glue/RTE/train.tsv is missing, exp"],
  ];
  for (const [name, missing, files, words] of cases) {
    await withFiles(files, async (directory) => {
      assertStringIncludes((await missingData(name, directory, missing)).message, words);
    });
  }
});

Deno.test("missingData() says where a data set comes from, or how to fetch it", async () => {
  await withFiles({}, async (directory) => {
    const remedyOf = async (name: PublishedName): Promise<string> =>
      (await missingData(name, directory, "x/y")).remedy!;
    assertStringIncludes(await remedyOf("mnist"), "deno task fetch mnist, or --data with");
    assertStringIncludes(await remedyOf("coco2017"), "get it from https://cocodataset.org/");
  });
});
