import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { dataDirectory, EnvironmentError } from "../core/mod.ts";
import { readGlue } from "./glue.ts";
import { withFiles } from "./temporary_files.ts";

const MRPC = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n";

function sst2(train: string | Uint8Array): Record<string, string | Uint8Array> {
  return { "glue/SST-2/train.tsv": train, "glue/SST-2/dev.tsv": "sentence\tlabel\nfine\t1\n" };
}

function pairs(count: number): string {
  return Array.from({ length: count }, (_, i) => `${i % 2}\t${i}\t${i + 100}\ta ${i}\tb ${i}\n`)
    .join("");
}

Deno.test("readGlue() takes a byte order mark, CRLF, quotes as they are, and spaces around texts", async () => {
  const train = "\uFEFFsentence\tlabel\r\n\" quoted \t1\r\n it 's bad \t0\r\n\r\n";
  await withFiles(sst2(train), async (directory) => {
    const data = await readGlue("sst2", directory);
    assertEquals(data.train, [{ first: '" quoted', label: 1 }, { first: "it 's bad", label: 0 }]);
    assertEquals(data.files.map((file) => file.path), [
      "glue/SST-2/train.tsv",
      "glue/SST-2/dev.tsv",
    ]);
  });
});

Deno.test("readGlue() names file and line of what is broken", async () => {
  const cases: readonly (readonly [string | Uint8Array, string])[] = [
    ["sentence\tlabel\na\t1\nb\tc\t0\n", "train.tsv:3: 3 columns, expected 2 (sentence, label)"],
    ["sentence\tlabel\na\t1\n\nb\t0\n", "train.tsv:3: 1 column, expected 2"],
    ["sentence\tlabel\na\t2\n", 'train.tsv:2: label is "2", expected 0 or 1'],
    ["sentence\tlabel\n \t1\n", "train.tsv:2: sentence is empty, expected a text"],
    ["text\tlabel\na\t1\n", 'train.tsv:1: columns are "text", "label", expected "sentence"'],
    ["", 'train.tsv:1: columns are "", expected'],
    [
      new Uint8Array([...new TextEncoder().encode("sentence\tlabel\na\t1\nb"), 0xff, 9, 49, 10]),
      "train.tsv:3: bytes are no UTF-8",
    ],
  ];
  for (const [train, message] of cases) {
    await withFiles(sst2(train), async (directory) => {
      await assertRejects(() => readGlue("sst2", directory), SyntaxError, message);
    });
  }
});

Deno.test("readGlue() splits Microsoft's pairs by the ids of the dev set", async () => {
  for (const ids of ["dev_ids.tsv", "mrpc_dev_ids.tsv"]) {
    const files = {
      "glue/MRPC/msr_paraphrase_train.txt": `\uFEFF${MRPC}${pairs(5)}`,
      [`glue/MRPC/${ids}`]: "3\t103\r\n1\t101\r\n",
    };
    await withFiles(files, async (directory) => {
      const data = await readGlue("mrpc", directory);
      assertEquals(data.dev.map((pair) => pair.first), ["a 1", "a 3"]);
      assertEquals(data.train.map((pair) => pair.second), ["b 0", "b 2", "b 4"]);
      assertEquals(data.files.length, 2);
    });
  }
});

Deno.test("readGlue() holds out every tenth pair, and says so, without the ids", async () => {
  const files = { "glue/MRPC/msr_paraphrase_train.txt": MRPC + pairs(21) };
  await withFiles(files, async (directory) => {
    const data = await readGlue("mrpc", directory);
    assertEquals(data.dev.map((pair) => pair.first), ["a 0", "a 10", "a 20"]);
    assertEquals(data.train.length, 18);
    assert(data.notes[0]!.includes("every tenth pair"), data.notes.join());
  });
  assertEquals(Math.ceil(4076 / 10), 408); // as many as GLUE holds out
});

Deno.test("readGlue() refuses ids that are none", async () => {
  const files = {
    "glue/MRPC/msr_paraphrase_train.txt": MRPC + pairs(2),
    "glue/MRPC/dev_ids.tsv": "1\t101\nx\n",
  };
  await withFiles(files, async (directory) => {
    await assertRejects(
      () => readGlue("mrpc", directory),
      SyntaxError,
      'dev_ids.tsv:2: "x", expected two ids',
    );
  });
});

Deno.test("readGlue() says what a wrong directory is, and the tree that is expected", async () => {
  const cases: readonly (readonly [Record<string, string>, string, string])[] = [
    [{}, "none", "there is no such folder"],
    [{ "a.txt": "" }, "a.txt", "it is a file"],
    [{ "squad/train-v1.1.json": "{}" }, "squad", "it holds SQuAD"],
    [{ "SST-2/dev.tsv": "" }, "", "it holds the GLUE data sets"],
    [{ "train.tsv": "sentence\tlabel\n" }, "", "it holds SST-2 itself"],
    [{ "train.tsv": `\uFEFF${MRPC}` }, "", "it holds MRPC itself"],
    [{ "glue/SST-2/train.tsv": "sentence\tlabel\n" }, "", "glue/SST-2/dev.tsv is missing"],
    [{ "other.txt": "" }, "", "glue/SST-2/train.tsv is missing"],
  ];
  for (const [files, below, found] of cases) {
    await withFiles(files, async (directory) => {
      const error = await assertRejects(
        () => readGlue("sst2", join(directory, below)),
        EnvironmentError,
        `${found}, expected below it\n  glue/SST-2/train.tsv\n`,
      );
      assert(error.remedy?.startsWith("deno task fetch sst2"));
    });
  }
});

Deno.test("readGlue() reads the published files", async (t) => {
  const directory = dataDirectory();
  if (directory === null) {
    console.warn("skipped: there are no published data sets here");
    return;
  }
  await t.step("SST-2", async () => {
    const data = await readGlue("sst2", directory);
    assertEquals([data.train.length, data.dev.length, data.notes], [67349, 872, []]);
    assertEquals(data.dev[0], {
      first: "it 's a charming and often affecting journey .",
      label: 1,
    });
  });
  await t.step("MRPC", async () => {
    const data = await readGlue("mrpc", directory);
    assertEquals(data.dev.length, 408);
    assert(Math.abs(data.train.length - 3668) <= 1);
    assertEquals(data.dev.filter((pair) => pair.label === 1).length, 279);
  });
});
