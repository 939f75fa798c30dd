import { assertEquals, assertThrows } from "@std/assert";
import { canonicalJson, hashOf, sha256File, sha256Hex } from "./hash.ts";

// FIPS 180-4 examples.
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Deno.test("sha256Hex() gives the published digests, for bytes and text alike", () => {
  assertEquals(sha256Hex("abc"), ABC);
  assertEquals(sha256Hex(Uint8Array.of(97, 98, 99)), ABC);
  assertEquals(sha256Hex(""), EMPTY);
  assertEquals(sha256Hex("é"), sha256Hex(Uint8Array.of(0xc3, 0xa9)));
});

Deno.test("sha256Hex() hashes only the bytes of a view", () => {
  assertEquals(sha256Hex(Uint8Array.of(0, 97, 98, 99, 0).subarray(1, 4)), ABC);
});

Deno.test("sha256File() agrees with sha256Hex() over more than one piece", async () => {
  const path = await Deno.makeTempFile();
  try {
    const bytes = new Uint8Array((2 << 20) + 3).map((_, i) => i * 31);
    await Deno.writeFile(path, bytes);
    assertEquals(await sha256File(path), sha256Hex(bytes));
    await Deno.writeFile(path, new Uint8Array());
    assertEquals(await sha256File(path), EMPTY);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("canonicalJson() sorts keys and writes numbers one way", () => {
  assertEquals(
    canonicalJson({ b: [1.0, -0, 1e21], a: { d: null, c: "é\n" } }),
    '{"a":{"c":"é\\n","d":null},"b":[1,0,1e+21]}',
  );
});

Deno.test("canonicalJson() refuses what JSON cannot hold", () => {
  assertThrows(() => canonicalJson(undefined), TypeError, "Cannot write canonical JSON");
  assertThrows(() => canonicalJson({ a: NaN }), TypeError, "Cannot write canonical JSON");
  assertThrows(() => canonicalJson([Infinity]), TypeError, "Cannot write canonical JSON");
});

Deno.test("hashOf() depends on content and not on the order of keys", () => {
  assertEquals(hashOf({ a: 1, b: 2 }), hashOf({ b: 2, a: 1 }));
  assertEquals(hashOf({ a: 1 }) === hashOf({ a: "1" }), false);
  assertEquals(hashOf([]), sha256Hex("[]"));
});
