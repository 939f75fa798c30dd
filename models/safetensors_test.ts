import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { dataDirectory, EnvironmentError, float32, type Tensor } from "../core/mod.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  writeSafetensors,
} from "./safetensors.ts";

/** A file from a header, as text or as an object, and the bytes of its elements. */
function fileOf(header: unknown, elements: Uint8Array = new Uint8Array()): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + json.length + elements.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(elements, 8 + json.length);
  return bytes;
}

function entry(dtype: string, shape: readonly number[], begin: number, end: number): unknown {
  return { dtype, shape, data_offsets: [begin, end] };
}

const tensors = new Map<string, Tensor>([
  ["bytes", { dtype: "uint8", shape: [3], data: Uint8Array.of(1, 2, 255) }],
  ["floats", float32([2, 2], Float32Array.of(1, -2.5, Infinity, -0))],
  ["ids", { dtype: "int64", shape: [1], data: BigInt64Array.of(-(2n ** 60n)) }],
  ["sums", { dtype: "int32", shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) }],
  ["small", { dtype: "int8", shape: [1, 1], data: Int8Array.of(-128) }],
  ["flags", { dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) }],
  ["scalar", float32([], Float32Array.of(3))],
  ["empty", float32([0, 4])],
]);

Deno.test("decodeSafetensors() gives back what encodeSafetensors() wrote", () => {
  const metadata = { format: "pt", "näme": "“text”" };
  const found = decodeSafetensors(encodeSafetensors(tensors, metadata), "x.safetensors");
  assertEquals(new Map([...found.tensors].sort()), new Map([...tensors].sort()));
  assertEquals(found.metadata, metadata);
});

Deno.test("encodeSafetensors() aligns the elements and orders them by width", () => {
  const bytes = encodeSafetensors(tensors);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  assertEquals(length % 8, 0);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  assertEquals(header.ids.data_offsets, [0, 8]);
  assertEquals(header.floats, { dtype: "F32", shape: [2, 2], data_offsets: [8, 24] });
  assertEquals("__metadata__" in header, false);
});

Deno.test("decodeSafetensors() widens half-width floats exactly", () => {
  const halves = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00).buffer); // 1 -2 2^-24 ∞
  const brains = new Uint8Array(Uint16Array.of(0x3f80, 0xc000, 0x7f80).buffer); // 1 -2 ∞
  const header = { h: entry("F16", [4], 0, 8), b: entry("BF16", [3], 8, 14) };
  const { tensors } = decodeSafetensors(fileOf(header, Uint8Array.of(...halves, ...brains)), "x");
  assertEquals(tensors.get("h"), float32([4], Float32Array.of(1, -2, 2 ** -24, Infinity)));
  assertEquals(tensors.get("b"), float32([3], Float32Array.of(1, -2, Infinity)));
});

Deno.test("decodeSafetensors() reads elements at odd addresses", () => {
  const elements = new Uint8Array(Float32Array.of(1, 2).buffer);
  const bytes = fileOf(`{"x":${JSON.stringify(entry("F32", [2], 0, 8))}} `, elements);
  assertEquals(bytes.length % 2, 1);
  assertEquals(decodeSafetensors(bytes, "x").tensors.get("x")?.data, Float32Array.of(1, 2));
});

const eight = new Uint8Array(8);
const huge = new Uint8Array(16).fill(255);
const BROKEN:
  readonly (readonly [what: string, file: Uint8Array, says: string, kind?: typeof Error])[] = [
    ["it is empty", new Uint8Array(), "0 bytes, expected a safetensors file"],
    [
      "the header is longer than allowed",
      huge,
      "expected a safetensors header of at most 100000000",
    ],
    [
      "it is PyTorch's archive",
      Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0),
      "a zip archive, as PyTorch",
    ],
    ["it ends in the header", fileOf({ x: 1 }).subarray(0, 12), "the file is cut off"],
    ["the header is no JSON", fileOf("{oops"), "a header that is no JSON object"],
    ["the header is a list", fileOf([]), "a header that is no JSON object"],
    ["the header is no text", fileOf('{"\u0000').fill(0xff, 8), "a header that is no JSON object"],
    [
      "the elements are cut off",
      fileOf({ x: entry("F32", [3], 0, 12) }, eight),
      "8 bytes of elements, expected 12; the file is cut off",
    ],
    [
      "bytes are left over",
      fileOf({ x: entry("F32", [1], 0, 4) }, eight),
      "8 bytes of elements, expected 4",
      RangeError,
    ],
    [
      "tensors overlap",
      fileOf({ x: entry("F32", [1], 0, 4), y: entry("F32", [1], 2, 6) }, eight),
      'tensor "y" starts at byte 2, expected 4; it overlaps another',
      RangeError,
    ],
    [
      "there is a gap",
      fileOf({ x: entry("F32", [1], 4, 8) }, eight),
      'tensor "x" starts at byte 4, expected 0; it leaves a gap',
      RangeError,
    ],
    [
      "the size does not fit the shape",
      fileOf({ x: entry("F32", [2, 2], 0, 8) }, eight),
      'tensor "x" (F32 [2,2]) has 8 bytes, expected 16',
      RangeError,
    ],
    [
      "the element type is unknown",
      fileOf({ x: entry("F64", [1], 0, 8) }, eight),
      'tensor "x" has element type "F64", expected F32, F16, BF16',
      TypeError,
    ],
    [
      "a shape is negative",
      fileOf({ x: entry("F32", [-1], 0, 4) }),
      "of shape [-1], expected sizes",
    ],
    [
      "an offset is missing",
      fileOf({ x: { dtype: "F32", shape: [], data_offsets: [0] } }),
      "two offsets",
    ],
    ["a tensor is no object", fileOf({ x: 3 }), 'tensor "x" described by no object'],
    [
      "the metadata is no text",
      fileOf({ __metadata__: { a: 1 } }),
      '__metadata__ "a" that is no text',
    ],
  ];

for (const [what, file, says, kind = SyntaxError] of BROKEN) {
  Deno.test(`decodeSafetensors() throws ${kind.name} and names the file if ${what}`, () => {
    const error = assertThrows(() => decodeSafetensors(file, "w.safetensors"), kind, says);
    assert(error.message.startsWith("Cannot read w.safetensors: "), error.message);
  });
}

Deno.test("writeSafetensors() writes what readSafetensors() reads, and leaves nothing else", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "w.safetensors");
    await writeSafetensors(path, tensors, { by: "test" });
    assertEquals((await readSafetensors(path)).metadata, { by: "test" });
    assertEquals([...Deno.readDirSync(directory)].map(({ name }) => name), ["w.safetensors"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("readSafetensors() throws EnvironmentError if there is no file", async () => {
  await assertRejects(
    () => readSafetensors("/nowhere/w.safetensors"),
    EnvironmentError,
    "/nowhere/w",
  );
});

const published = dataDirectory();
Deno.test({
  name: "readSafetensors() reads a published file (needs SKIPZERO_DATA)",
  ignore: published === null,
  async fn(): Promise<void> {
    const { tensors } = await readSafetensors(
      join(published!, "weights/cifar10_resnet20.safetensors"),
    );
    const count = tensors.values().reduce((sum, { data }) => sum + data.length, 0);
    assert(count >= 269_722, `${count} parameters`);
    assert(tensors.values().every(({ data }) => data.every((x) => Number.isFinite(Number(x)))));
  },
});
