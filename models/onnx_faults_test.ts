import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { networkNamed } from "./networks.ts";
import { encodeOnnx } from "./onnx.ts";
import { decodeOnnx } from "./onnx_decode.ts";
import { describeFault } from "./onnx_faults.ts";
import { encodeSafetensors } from "./safetensors.ts";
import { drawParameters } from "./parameter_source.ts";

const bytes = encodeOnnx(networkNamed("mnist-sparse-cnn-1").build({ batch: 1 }, drawParameters(1)));

Deno.test("describeFault() says at which byte a model is cut off, and where in the model that is", () => {
  const found = describeFault(bytes.subarray(0, 100_000));
  assertMatch(
    found,
    /^it ends at byte 100000, \d+ bytes before the end of a field of the initializer that begins at byte \d+$/,
  );
  const [missing, start] = [...found.matchAll(/, (\d+) bytes|byte (\d+)$/g)].map((match) =>
    Number(match[1] ?? match[2])
  );
  // `linear.module.weight`, the first field of more than 100 kB
  assertEquals(missing! + 100_000 - start!, 150 * 30 * 144 * 4);
  assertMatch(describeFault(bytes.subarray(0, 40)), /^it ends at byte 40, .* of the node/);
  assertMatch(describeFault(bytes.subarray(0, 5)), /^it ends at byte 5, .* of the model/);
});

Deno.test("decodeOnnx() tells the byte at which a model ends, wherever that is", () => {
  for (let length = 0; length < bytes.length; length = Math.ceil(1.05 * length) + 1) {
    const error = assertThrows(() => decodeOnnx(bytes.subarray(0, length), "cut.onnx"));
    assert(error instanceof SyntaxError || error instanceof RangeError, `${error}`);
    const { message } = error;
    const cut = message.includes(`it ends at byte ${length}`) || message.includes("it is empty") ||
      message.includes("no graph inside"); // it ends where a field ends
    assert(cut, `${length}: ${message}`);
  }
});

const text = (value: string) => new TextEncoder().encode(value);
const OTHERS: readonly (readonly [file: Uint8Array, kind: string])[] = [
  [text("<!DOCTYPE html><html>"), "a web page"],
  [text("version https://git-lfs.github.com/spec/v1\noid sha256:00"), "a pointer of Git LFS"],
  [Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), "a zip archive, as PyTorch"],
  [Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10), "an HDF5 file"],
  [text("\x1c\0\0\0TFL3\0\0"), "a TensorFlow Lite model"],
  [text('{"a": 1}'), "JSON"],
  [Uint8Array.of(0x1f, 0x8b, 8, 0), "a gzip archive"],
  [encodeSafetensors(new Map(), { a: "b" }), "a safetensors file"],
  [new Uint8Array(), "it is empty"],
];

for (const [file, kind] of OTHERS) {
  Deno.test(`describeFault() recognises ${kind}`, () => {
    assertStringIncludes(describeFault(file), kind);
  });
}

Deno.test("describeFault() names the byte at which something else begins", () => {
  const broken = Uint8Array.from(bytes);
  const end = bytes.length;
  broken[end - 4] = 0x0f; // inside the elements: no fault
  assertEquals(describeFault(broken), "its fields do not fit together");
  assertEquals(describeFault(Uint8Array.of(0x0b, 1)), "byte 0 in the model begins no field");
  assertEquals(
    describeFault(Uint8Array.of(8, 9, 0xff, 0xff)),
    "it ends at byte 4, inside the model",
  );
  // a graph of 2 bytes that holds a node of 9
  assertEquals(
    describeFault(Uint8Array.of(0x3a, 2, 0x0a, 9, 8, 9)),
    "byte 4 in the graph begins a field that is longer than the graph",
  );
});
