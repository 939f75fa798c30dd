/**
 * LEB128, the variable-length integers of the WebAssembly binary format: 7 bits a byte, low bits first, the top bit set
 * on all but the last byte.
 *
 * Source: WebAssembly Core Specification, 5.2.2 Integers.
 *
 * @module
 */

/**
 * Appends an unsigned 32-bit integer (`u32`), in the shortest form.
 *
 * @param value 0 to 2^32 - 1.
 * @throws {RangeError} If `value` is not an integer in that range.
 */
export function pushUnsigned(bytes: number[], value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new RangeError(`Cannot encode u32: ${value}, expected an integer from 0 to 2^32 - 1`);
  }
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

/**
 * Appends a signed 32-bit integer (`s32`), in the shortest form. Values from 2^31 to 2^32 - 1 are taken as the bit
 * patterns of addresses, so they become negative.
 *
 * @param value -2^31 to 2^32 - 1.
 * @throws {RangeError} If `value` is not an integer in that range.
 */
export function pushSigned(bytes: number[], value: number): void {
  if (!Number.isInteger(value) || value < -0x8000_0000 || value > 0xffff_ffff) {
    throw new RangeError(`Cannot encode s32: ${value}, expected an integer from -2^31 to 2^32 - 1`);
  }
  let rest = value | 0;
  // Done when what is left is only copies of the sign bit (bit 6 of the byte just taken).
  while (rest < -64 || rest > 63) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  bytes.push(rest & 0x7f);
}
