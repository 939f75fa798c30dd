import { assertEquals, assertThrows } from "@std/assert";
import { bertConfigs, bertNetwork, networkNamed, zeroParameters } from "../models/mod.ts";
import { compact, findLookUps } from "./look_ups.ts";

Deno.test("findLookUps() finds the word embeddings of BERT and nothing else", () => {
  const network = bertNetwork(bertConfigs["bert-tiny"], 8);
  const graph = network.build({ batch: 1, sequence: 8 }, zeroParameters());
  assertEquals(findLookUps(graph), [
    { parameter: "bert.embeddings.word_embeddings.weight", input: "input_ids", part: null },
  ]);
});

Deno.test("findLookUps() finds the tables of DLRM that have more than a few rows, by the part of the input", () => {
  const found = findLookUps(networkNamed("dlrm").build({ batch: 2 }, zeroParameters()));
  assertEquals(found[1], { parameter: "emb_l.1.weight", input: "indices", part: 1 });
  const parts = found.map(({ part }) => part);
  // Tables 5, 12, 16 and 18 have 3, 10, 4 and 14 rows.
  assertEquals(parts, [...Array(26).keys()].filter((table) => ![5, 12, 16, 18].includes(table)));
});

Deno.test("findLookUps() finds none in a network of images", () => {
  const graph = networkNamed("resnet20").build({ batch: 1 }, zeroParameters());
  assertEquals(findLookUps(graph), []);
});

Deno.test("compact() numbers the rows of each part by first use and leaves other parts and the original alone", () => {
  const data = Int32Array.of(7, 3, 7, 5, 5, 9);
  const indices = { dtype: "int32", shape: [2, 3], data } as const;
  const { inputs, rows } = compact({ indices }, [
    { parameter: "a", input: "indices", part: 0, rows: 10 },
  ]);
  assertEquals([...inputs.indices!.data], [0, 1, 0, 5, 5, 9]);
  assertEquals([...rows.get("a")!], [7, 3]);
  assertEquals([...data], [7, 3, 7, 5, 5, 9]);
});

Deno.test("compact() refuses rows that a table does not have", () => {
  const indices = { dtype: "int64", shape: [2], data: BigInt64Array.of(1n, 10n) } as const;
  const lookUp = { parameter: "words", input: "indices", part: null, rows: 10 };
  assertThrows(
    () => compact({ indices }, [lookUp]),
    RangeError,
    'Cannot look up row 10 of "words": expected 0 to 9',
  );
});
