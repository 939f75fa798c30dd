import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { dataDirectory } from "../core/mod.ts";
import { createWordPiece } from "./wordpiece.ts";

const TOKENS = "[PAD] [UNK] [CLS] [SEP] un ##aff ##able the cafe ' s [ ] sep , 文 runs ##s run"
  .split(" ");

async function encode(text: string): Promise<string[]> {
  const { encode } = await createWordPiece(TOKENS.join("\n"), "vocab.txt");
  return encode(text).map((id) => TOKENS[id]!);
}

Deno.test("createWordPiece() cuts words into the longest known pieces", async () => {
  assertEquals(await encode("unaffable runs"), ["un", "##aff", "##able", "runs"]);
  assertEquals(await encode("unaffablex the"), ["[UNK]", "the"]);
});

Deno.test("createWordPiece() lowers case, strips accents and parts punctuation and ideographs", async () => {
  assertEquals(await encode("The CAFÉ's, cafe\u0301"), ["the", "cafe", "'", "s", ",", "cafe"]);
  assertEquals(await encode("the文the"), ["the", "文", "the"]);
  assertEquals(await encode(" the\t\u00a0the\u200bs "), ["the", "the", "##s"]);
});

Deno.test("createWordPiece() takes a special token in a text as text", async () => {
  assertEquals(await encode("[SEP]"), ["[", "sep", "]"]);
});

Deno.test("createWordPiece() does not know words of more than 100 letters", async () => {
  assertEquals(await encode("s".repeat(101)), ["[UNK]"]);
  assertEquals((await encode(`run${"s".repeat(97)}`)).length, 97); // runs, then ##s 96 times
});

Deno.test("createWordPiece() refuses what is no BERT vocabulary", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["[UNK]\n[CLS]\n[SEP]\n[PAD]", 'v.txt:1: "[UNK]", expected [PAD]'],
    ["[PAD]\n[UNK]\n[SEP]", "it has no [CLS], expected a BERT vocabulary"],
    ["[PAD]\na\na", 'v.txt:3: "a" stands in line 2 too'],
  ];
  for (const [text, message] of cases) {
    await assertRejects(() => createWordPiece(text, "v.txt"), SyntaxError, message);
  }
});

Deno.test("createWordPiece() gives the ids of bert-base-uncased", async () => {
  const directory = dataDirectory();
  if (directory === null) {
    console.warn("skipped: there is no BERT vocabulary here");
    return;
  }
  const text = await Deno.readTextFile(join(directory, "bert", "vocab.txt"));
  const { encode, vocabulary, cls, sep } = await createWordPiece(text, "vocab.txt");
  assertEquals([vocabulary, cls, sep], [30522, 101, 102]);
  // "hello world" and the example of the BERT paper's code, as every BERT tokenizer gives them.
  assertEquals(encode("Hello, world!"), [7592, 1010, 2088, 999]);
  assertEquals(encode("unaffable"), [14477, 20961, 3468]);
  assert(encode("it 's a charming and often affecting journey .").includes(11951));
});
