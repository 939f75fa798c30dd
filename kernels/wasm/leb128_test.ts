import { assertEquals, assertThrows } from "@std/assert";
import { pushSigned, pushUnsigned } from "./leb128.ts";

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  pushUnsigned(bytes, value);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  pushSigned(bytes, value);
  return bytes;
}

/** Reads a LEB128 integer back, in BigInt so that no bit trick is shared with the encoder. */
function decode(bytes: readonly number[], isSigned: boolean): number {
  let value = 0n;
  bytes.forEach((byte, i) => value |= BigInt(byte & 0x7f) << BigInt(7 * i));
  const bits = 7 * bytes.length;
  return Number(isSigned ? BigInt.asIntN(bits, value) : value);
}

Deno.test("pushUnsigned() gives the bytes of the format's edge values", () => {
  assertEquals(unsigned(0), [0x00]);
  assertEquals(unsigned(127), [0x7f]);
  assertEquals(unsigned(128), [0x80, 0x01]);
  assertEquals(unsigned(16383), [0xff, 0x7f]);
  assertEquals(unsigned(16384), [0x80, 0x80, 0x01]);
  assertEquals(unsigned(624485), [0xe5, 0x8e, 0x26]);
  assertEquals(unsigned(0x7fff_ffff), [0xff, 0xff, 0xff, 0xff, 0x07]);
  assertEquals(unsigned(0xffff_ffff), [0xff, 0xff, 0xff, 0xff, 0x0f]);
});

Deno.test("pushSigned() gives the bytes of the format's edge values", () => {
  assertEquals(signed(0), [0x00]);
  assertEquals(signed(63), [0x3f]);
  assertEquals(signed(64), [0xc0, 0x00]);
  assertEquals(signed(-1), [0x7f]);
  assertEquals(signed(-64), [0x40]);
  assertEquals(signed(-65), [0xbf, 0x7f]);
  assertEquals(signed(-123456), [0xc0, 0xbb, 0x78]);
  assertEquals(signed(0x7fff_ffff), [0xff, 0xff, 0xff, 0xff, 0x07]);
  assertEquals(signed(-0x8000_0000), [0x80, 0x80, 0x80, 0x80, 0x78]);
});

Deno.test("pushSigned() takes addresses above 2^31 as bit patterns", () => {
  assertEquals(signed(0xffff_ffff), signed(-1));
  assertEquals(signed(0x8000_0000), signed(-0x8000_0000));
});

Deno.test("both forms decode to the value around every power of two", () => {
  for (let bit = 0; bit < 32; bit++) {
    for (const value of [2 ** bit - 1, 2 ** bit]) {
      assertEquals(decode(unsigned(value), false), value);
      assertEquals(decode(signed(-value), true), -value);
      if (bit < 31) assertEquals(decode(signed(value), true), value);
    }
  }
});

Deno.test("both forms refuse what does not fit", () => {
  for (const value of [-1, 2 ** 32, 0.5, NaN]) assertThrows(() => unsigned(value), RangeError);
  for (const value of [-(2 ** 31) - 1, 2 ** 32, 0.5, NaN]) {
    assertThrows(() => signed(value), RangeError);
  }
});
