import { assertEquals, assertThrows } from "@std/assert";
import { decodeWav } from "./wav.ts";
import { wav } from "./wav_sample.ts";

Deno.test("decodeWav() gives samples from -1 to 1, past chunks that it does not know", () => {
  assertEquals([...decodeWav(wav([0, 16_384, -32_768]), "x")], [0, 0.5, -1]);
  const list = [0x4c, 0x49, 0x53, 0x54, 3, 0, 0, 0, 1, 2, 3, 0]; // three bytes, filled up
  assertEquals([...decodeWav(wav([1], { before: list, code: 0xfffe }), "x")], [1 / 32_768]);
});

Deno.test("decodeWav() refuses other sound and broken files", () => {
  const whole = wav([1, 2, 3]);
  const cases: readonly [Uint8Array, string][] = [
    [wav([1], { channels: 2 }), "2 channels"],
    [wav([1], { rate: 44_100 }), "44100 Hz"],
    [wav([1], { bits: 8 }), "8 bits"],
    [wav([1], { code: 2 }), "format 2"],
    [wav([]), "no samples"],
    [whole.subarray(0, 30), "it is cut off"],
    [whole.subarray(0, -1), '5 bytes of "data", expected 6; it is cut off'],
    [whole.subarray(0, 36), "no data"],
    [new Uint8Array(0), "no RIFF WAVE header"],
    [new TextEncoder().encode("<html>not found</html>"), "no RIFF WAVE header"],
  ];
  for (const [bytes, message] of cases) {
    assertThrows(() => decodeWav(bytes, "x"), SyntaxError, message);
  }
  for (let length = 0; length < whole.length; length++) {
    assertThrows(() => decodeWav(whole.subarray(0, length), "x"), SyntaxError);
  }
});
