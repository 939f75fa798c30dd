import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { dataDirectory, makeZip } from "../core/mod.ts";
import {
  pickle,
  pushDictionary,
  pushInteger,
  pushName,
  pushTensor,
  pushText,
} from "./pickle_sample.ts";
import { decodePyTorch, readPyTorch } from "./pytorch.ts";
import { readSafetensors } from "./safetensors.ts";

const SIX = Float32Array.of(0, 1, 2, 3, 4, 5);
const TENSOR = {
  ...{ storage: "FloatStorage", key: "0", count: 6, offset: 0 },
  ...{ shape: [2, 3], strides: [3, 1] },
};

function archive(
  program: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = { 0: new Uint8Array(SIX.buffer) },
  more: Readonly<Record<string, string>> = {},
): Uint8Array {
  const files = new Map<string, Uint8Array>([["net/data.pkl", program]]);
  for (const [key, bytes] of Object.entries(storages)) files.set(`net/data/${key}`, bytes);
  for (const [name, text] of Object.entries(more)) {
    files.set(`net/${name}`, new TextEncoder().encode(text));
  }
  return makeZip(files);
}

/** The older stream: magic number, version, machine, content, keys, then each storage behind its count. */
function stream(content: Uint8Array, elements: Float32Array, little = true): Uint8Array {
  const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  const count = new Uint8Array(BigInt64Array.of(BigInt(elements.length)).buffer);
  return Uint8Array.from([
    ...pickle(magic),
    ...pickle(pushInteger(1001)),
    ...pickle(pushDictionary(pushText("little_endian"), [little ? 0x88 : 0x89])),
    ...content,
    ...pickle([0x5d, 0x28, ...pushText("0"), 0x65]),
    ...count,
    ...new Uint8Array(elements.buffer),
  ]);
}

Deno.test("decodePyTorch() follows offsets and strides, and shares storages", () => {
  const program = pickle(pushDictionary(
    ...[pushText("rows"), pushTensor(TENSOR)],
    ...[pushText("columns"), pushTensor({ ...TENSOR, shape: [3, 2], strides: [1, 3] })],
    ...[pushText("part"), pushTensor({ ...TENSOR, offset: 4, shape: [2], strides: [1] })],
    ...[pushText("one"), pushTensor({ ...TENSOR, offset: 5, shape: [], strides: [] })],
  ));
  for (const bytes of [archive(program), stream(program, SIX)]) {
    const { tensors, within } = decodePyTorch(bytes, "x");
    const values = [...tensors].map(([name, { shape, data }]) => [name, shape, [...data]]);
    assertEquals(values, [
      ["rows", [2, 3], [0, 1, 2, 3, 4, 5]],
      ["columns", [3, 2], [0, 3, 1, 4, 2, 5]],
      ["part", [2], [4, 5]],
      ["one", [], [5]],
    ]);
    assertEquals(within, "");
  }
});

Deno.test("decodePyTorch() reads integers and half-width floats, and finds a state dictionary in a training's", () => {
  const state = pushDictionary(
    ...[
      pushText("h"),
      pushTensor({ ...TENSOR, storage: "HalfStorage", count: 2, shape: [2], strides: [1] }),
    ],
    ...[
      pushText("n"),
      pushTensor({ ...TENSOR, storage: "LongStorage", key: "1", count: 1, shape: [], strides: [] }),
    ],
  );
  const program = pickle(
    pushDictionary(pushText("epoch"), pushInteger(9), pushText("state_dict"), state),
  );
  const halves = new Uint8Array(Float16Array.of(0.5, -2).buffer);
  const longs = new Uint8Array(BigInt64Array.of(7n).buffer);
  const { tensors, within } = decodePyTorch(archive(program, { 0: halves, 1: longs }), "x");
  assertEquals([...tensors].map(([name, { data }]) => [name, [...data]]), [["h", [0.5, -2]], ["n", [
    7n,
  ]]]);
  assertEquals(within, "state_dict");
});

Deno.test("decodePyTorch() refuses what is no checkpoint of tensors", () => {
  const good = pickle(pushDictionary(pushText("w"), pushTensor(TENSOR)));
  const cases: readonly [Uint8Array, string][] = [
    [archive(pickle(pushName("os", "system"))), 'the name "os system"'],
    [archive(pickle(pushDictionary(pushText("lr"), pushInteger(1)))), "no tensors by name in lr"],
    [archive(good, { 0: new Uint8Array(20) }), "storage 0 has 20 bytes, expected 24"],
    [archive(good, undefined, { byteorder: "big" }), "its byte order is big"],
    [makeZip(new Map([["a", new Uint8Array(1)]])), "a zip archive without data.pkl"],
    [stream(good, SIX, false), "byte order is not little"],
    [stream(good, SIX).subarray(0, -1), "ends past the file"],
    [Uint8Array.of(0x80, 2, 0x4e, 0x2e), "neither a zip archive nor a stream of pickles"],
    [new TextEncoder().encode("<html>"), "neither a zip archive nor"],
  ];
  for (const [bytes, message] of cases) {
    assertThrows(() => decodePyTorch(bytes, "x"), SyntaxError, message);
  }
});

Deno.test("decodePyTorch() refuses views past their storage, and views that repeat elements", () => {
  for (const change of [{ offset: 1 }, { strides: [4, 1] }, { shape: [60, 60], strides: [0, 0] }]) {
    const program = pickle(pushDictionary(pushText("w"), pushTensor({ ...TENSOR, ...change })));
    assertThrows(() => decodePyTorch(archive(program), "x"), RangeError, 'Cannot read tensor "w"');
  }
});

Deno.test("decodePyTorch() takes no changed byte of an old stream for a reason to crash", () => {
  const whole = stream(pickle(pushDictionary(pushText("w"), pushTensor(TENSOR))), SIX);
  for (let i = 0; i < whole.length; i++) {
    for (const value of [0, 1, 0x28, 0x2e, 0x52, 0x71, 0x80, 0xff]) {
      const changed = whole.slice();
      changed[i] = value;
      try {
        decodePyTorch(changed, "x");
      } catch (error) {
        assertEquals(
          error instanceof SyntaxError || error instanceof RangeError,
          true,
          String(error),
        );
      }
    }
  }
});

const published = dataDirectory();

for (const file of ["cifar10_resnet20.pt", "cifar10_resnet20_legacy.th"]) {
  Deno.test({
    name: `readPyTorch() gives the elements of ${file} as safetensors has them, bit for bit`,
    ignore: published === null,
    fn: async () => {
      const { tensors } = await readPyTorch(join(published!, "weights", file));
      const { tensors: same } = await readSafetensors(
        join(published!, "weights/cifar10_resnet20.safetensors"),
      );
      assertEquals(tensors.size, same.size);
      for (const [name, { dtype, shape, data }] of tensors) {
        const other = same.get(name.replace(/^module\./, ""))!;
        assertEquals([name, dtype, shape], [name, other.dtype, other.shape]);
        const words = (array: typeof data): Uint32Array => new Uint32Array(array.buffer);
        assertEquals(words(data), words(other.data));
      }
    },
  });
}

Deno.test("readPyTorch() names a file that is not there", async () => {
  await assertRejects(() => readPyTorch("/nowhere/x.pt"), Error, "Cannot read /nowhere/x.pt");
});
