/**
 * The WebAssembly instructions that kernels need, as tables: opcode, and the line of the specification it was taken from.
 *
 * Only what the vector machine and its programs use. One table for each kind of operand, so that the type of a name says
 * what follows it. A one-byte opcode stands alone; a longer one is a prefix byte and a `u32`.
 *
 * Source: WebAssembly Core Specification 3.0, 5.4 Instructions (threads: the threads proposal, "Binary format").
 *
 * @module
 */

/** An instruction: the numbers of its opcode, the specification's spelling, and for memory the alignment stated (log2). */
export type InstructionRow = readonly [
  opcode: readonly number[],
  spec: string,
  alignment?: number,
];

/** Instructions without operands in the code. */
export const PLAIN = {
  "unreachable": [[0x00], "0x00"],
  "end": [[0x0b], "0x0B"],
  "return": [[0x0f], "0x0F"],
  "drop": [[0x1a], "0x1A"],
  "i32.eqz": [[0x45], "0x45"],
  "i32.eq": [[0x46], "0x46"],
  "i32.ne": [[0x47], "0x47"],
  "i32.add": [[0x6a], "0x6A"],
  "i32.sub": [[0x6b], "0x6B"],
  "i32.shl": [[0x74], "0x74"],
  "i8x16.swizzle": [[0xfd, 14], "0xFD 14:u32"],
  "i32x4.eq": [[0xfd, 55], "0xFD 55:u32"],
  "i32x4.lt_s": [[0xfd, 57], "0xFD 57:u32"],
  "i32x4.gt_s": [[0xfd, 59], "0xFD 59:u32"],
  "i32x4.le_s": [[0xfd, 61], "0xFD 61:u32"],
  "i32x4.ge_s": [[0xfd, 63], "0xFD 63:u32"],
  "f32x4.eq": [[0xfd, 65], "0xFD 65:u32"],
  "f32x4.lt": [[0xfd, 67], "0xFD 67:u32"],
  "f32x4.gt": [[0xfd, 68], "0xFD 68:u32"],
  "f32x4.le": [[0xfd, 69], "0xFD 69:u32"],
  "f32x4.ge": [[0xfd, 70], "0xFD 70:u32"],
  "v128.and": [[0xfd, 78], "0xFD 78:u32"],
  "v128.or": [[0xfd, 80], "0xFD 80:u32"],
  "v128.xor": [[0xfd, 81], "0xFD 81:u32"],
  "v128.bitselect": [[0xfd, 82], "0xFD 82:u32"],
  "i8x16.narrow_i16x8_u": [[0xfd, 102], "0xFD 102:u32"],
  "f32x4.nearest": [[0xfd, 106], "0xFD 106:u32"],
  "i16x8.narrow_i32x4_s": [[0xfd, 133], "0xFD 133:u32"],
  "i16x8.extend_low_i8x16_s": [[0xfd, 135], "0xFD 135:u32"],
  "i16x8.extend_low_i8x16_u": [[0xfd, 137], "0xFD 137:u32"],
  "i16x8.shl": [[0xfd, 139], "0xFD 139:u32"],
  "i16x8.shr_s": [[0xfd, 140], "0xFD 140:u32"],
  "i16x8.shr_u": [[0xfd, 141], "0xFD 141:u32"],
  "i32x4.extend_low_i16x8_s": [[0xfd, 167], "0xFD 167:u32"],
  "i32x4.extend_low_i16x8_u": [[0xfd, 169], "0xFD 169:u32"],
  "i32x4.shl": [[0xfd, 171], "0xFD 171:u32"],
  "i32x4.shr_s": [[0xfd, 172], "0xFD 172:u32"],
  "i32x4.add": [[0xfd, 174], "0xFD 174:u32"],
  "i32x4.sub": [[0xfd, 177], "0xFD 177:u32"],
  "i32x4.mul": [[0xfd, 181], "0xFD 181:u32"],
  "i32x4.min_s": [[0xfd, 182], "0xFD 182:u32"],
  "i32x4.max_s": [[0xfd, 184], "0xFD 184:u32"],
  "i32x4.dot_i16x8_s": [[0xfd, 186], "0xFD 186:u32"],
  "f32x4.sqrt": [[0xfd, 227], "0xFD 227:u32"],
  "f32x4.add": [[0xfd, 228], "0xFD 228:u32"],
  "f32x4.sub": [[0xfd, 229], "0xFD 229:u32"],
  "f32x4.mul": [[0xfd, 230], "0xFD 230:u32"],
  "f32x4.div": [[0xfd, 231], "0xFD 231:u32"],
  "f32x4.pmin": [[0xfd, 234], "0xFD 234:u32"],
  "f32x4.pmax": [[0xfd, 235], "0xFD 235:u32"],
  "i32x4.trunc_sat_f32x4_s": [[0xfd, 248], "0xFD 248:u32"],
  "f32x4.convert_i32x4_s": [[0xfd, 250], "0xFD 250:u32"],
  "i8x16.relaxed_swizzle": [[0xfd, 256], "0xFD 256:u32"],
  "i32x4.relaxed_trunc_f32x4_s": [[0xfd, 257], "0xFD 257:u32"],
  "f32x4.relaxed_madd": [[0xfd, 261], "0xFD 261:u32"],
  "i32x4.relaxed_laneselect": [[0xfd, 267], "0xFD 267:u32"],
  "f32x4.relaxed_min": [[0xfd, 269], "0xFD 269:u32"],
  "f32x4.relaxed_max": [[0xfd, 270], "0xFD 270:u32"],
  "i32x4.relaxed_dot_i8x16_i7x16_add_s": [[0xfd, 275], "0xFD 275:u32"],
} as const;

/** Instructions followed by one index: of a local, a label or a function. */
export const INDEXED = {
  "br": [[0x0c], "0x0C l:labelidx"],
  "br_if": [[0x0d], "0x0D l:labelidx"],
  "call": [[0x10], "0x10 x:funcidx"],
  "local.get": [[0x20], "0x20 x:localidx"],
  "local.set": [[0x21], "0x21 x:localidx"],
  "local.tee": [[0x22], "0x22 x:localidx"],
} as const;

/** Instructions that open a nest of instructions, closed by `end`. */
export const STRUCTURED = {
  "block": [[0x02], "0x02 bt:blocktype"],
  "loop": [[0x03], "0x03 bt:blocktype"],
  "if": [[0x04], "0x04 bt:blocktype"],
} as const;

/** Instructions followed by a constant. */
export const CONSTANT = {
  "i32.const": [[0x41], "0x41 n:s32"],
  "i64.const": [[0x42], "0x42 n:s64"],
  "v128.const": [[0xfd, 12], "0xFD 12:u32 (b:byte)^16"],
} as const;

/** Instructions followed by one lane number. */
export const LANE = {
  "i32x4.extract_lane": [[0xfd, 27], "0xFD 27:u32 l:laneidx"],
  "f32x4.extract_lane": [[0xfd, 31], "0xFD 31:u32 l:laneidx"],
} as const;

/** Instructions followed by sixteen lane numbers. */
export const SHUFFLE = {
  "i8x16.shuffle": [[0xfd, 13], "0xFD 13:u32 (l:laneidx)^16"],
} as const;

/** Instructions followed by alignment and offset. The third column is the alignment stated, as log2 of bytes. */
export const MEMORY = {
  "i32.load": [[0x28], "0x28 m:memarg", 2],
  "i32.load8_u": [[0x2d], "0x2D m:memarg", 0],
  "i32.load16_u": [[0x2f], "0x2F m:memarg", 1],
  "i32.store": [[0x36], "0x36 m:memarg", 2],
  "v128.load": [[0xfd, 0], "0xFD 0:u32 m:memarg", 4],
  "v128.load32_splat": [[0xfd, 9], "0xFD 9:u32 m:memarg", 2],
  "v128.load32_zero": [[0xfd, 92], "0xFD 92:u32 m:memarg", 2],
  "v128.load64_zero": [[0xfd, 93], "0xFD 93:u32 m:memarg", 3],
  "v128.store": [[0xfd, 11], "0xFD 11:u32 m:memarg", 4],
  // Atomic accesses must state exactly their natural alignment; the others may state less.
  "memory.atomic.notify": [[0xfe, 0], "0xFE 0:u32 m:memarg", 2],
  "memory.atomic.wait32": [[0xfe, 1], "0xFE 1:u32 m:memarg", 2],
  "i32.atomic.load": [[0xfe, 16], "0xFE 16:u32 m:memarg", 2],
  "i32.atomic.store": [[0xfe, 23], "0xFE 23:u32 m:memarg", 2],
  "i32.atomic.rmw.add": [[0xfe, 30], "0xFE 30:u32 m:memarg", 2],
} as const;

/** Instructions followed by alignment, offset and lane number. */
export const MEMORY_LANE = {
  "v128.store32_lane": [[0xfd, 90], "0xFD 90:u32 m:memarg l:laneidx", 2],
} as const;
