/**
 * The vector machine: what a kernel may ask of a processor.
 *
 * A kernel is a function that calls these methods once; each call emits instructions. `kernels/x64` and `kernels/wasm`
 * implement the machine, so every kernel is written once. Registers are explicit: {@linkcode VectorMachine.scope} frees
 * what was taken inside it, and taking more than there are is an error, never a silent spill.
 *
 * Memory is an arena of bytes. Kernels get one argument: the address of a block of 8-byte slots, read with
 * {@linkcode VectorMachine.argument}. The same block layout serves both back ends (WebAssembly reads the low 4 bytes).
 *
 * @module
 */

/** Instruction sets that kernels are emitted for, fastest first. */
export const TARGETS = ["avx512", "avx2", "wasm_relaxed", "wasm"] as const;

/** An instruction set. `wasm_relaxed` is WebAssembly SIMD with relaxed fused multiply-add. */
export type Target = (typeof TARGETS)[number];

/** An integer register (x86-64) or local (WebAssembly) that holds an address, an offset or a count. */
export interface Scalar {
  /** Tells the register kinds apart. */
  readonly kind: "scalar";
  /** Register or local number; meaning belongs to the back end. */
  readonly id: number;
}

/** A vector register of {@linkcode VectorMachine.lanes} float32 (or int32 bit patterns). */
export interface Vector {
  /** Tells the register kinds apart. */
  readonly kind: "vector";
  /** Register or local number; meaning belongs to the back end. */
  readonly id: number;
}

/** A place in memory: `base + index + disp` bytes. */
export interface Address {
  /** Holds an address. */
  readonly base: Scalar;
  /** Holds a byte offset that is added. */
  readonly index?: Scalar;
  /** Constant bytes, 0 to 2^31 - 1; default 0. */
  readonly disp?: number;
}

/** A comparison of float32 lanes; false where a lane is NaN. */
export type Comparison = "lt" | "le" | "gt" | "ge" | "eq";

/** What a kernel may ask of a processor. Every method emits code; nothing is computed now. */
export interface VectorMachine {
  /** The instruction set emitted for. */
  readonly target: Target;
  /** float32 lanes of a vector register: 16, 8 or 4. */
  readonly lanes: number;
  /** Vector registers that a kernel may hold at once without spilling: 32 (avx512), 16 (avx2), 12 (WebAssembly). */
  readonly vectors: number;
  /**
   * Vector registers that a kernel may hold where it calls {@linkcode VectorMachine.dotU8S8}: all, but one less on avx2,
   * where the products need one. 0 for kernels with fewer lanes than the target's, which cannot call it.
   */
  readonly byteVectors: number;
  /** Whether {@linkcode VectorMachine.fma} rounds once. */
  readonly fused: boolean;

  // Registers
  /** Runs `body`; scalars and vectors taken inside are free again afterwards. */
  scope(body: () => void): void;
  /** Takes a scalar with undefined content. @throws {RangeError} If none is free. */
  scalar(): Scalar;
  /** Takes a vector with undefined content. @throws {RangeError} If none is free. */
  vector(): Vector;
  /** Takes a scalar and loads slot `slot` of the argument block into it. */
  argument(slot: number): Scalar;

  // Integers (64-bit on x86-64, 32-bit in WebAssembly; addresses fit both)
  /** `to = from`. */
  move(to: Scalar, from: Scalar | number): void;
  /** `to += by`. */
  increase(to: Scalar, by: Scalar | number): void;
  /** `to -= by`. */
  decrease(to: Scalar, by: Scalar | number): void;
  /** `to <<= bits`, bits 0 to 31. */
  shiftLeft(to: Scalar, bits: number): void;
  /** `to = ` the unsigned byte at `from`. */
  loadU8(to: Scalar, from: Address): void;
  /** `to = ` the unsigned 16-bit integer at `from`. */
  loadU16(to: Scalar, from: Address): void;
  /** `to = ` the unsigned 32-bit integer at `from`. */
  loadU32(to: Scalar, from: Address): void;
  /** The low 32 bits of `from` are stored at `to`. */
  storeU32(to: Address, from: Scalar): void;
  /** A hint: the cache line will be wanted in the second-level cache. Any address will do. Nothing in WebAssembly. */
  prefetch(at: Address): void;

  // Control
  /** Runs `body` `times` times; not at all if zero. A scalar count is not changed. */
  repeat(times: Scalar | number, body: () => void): void;
  /** As `repeat`, but counts `times` itself down to 0, which saves a register. `body` may not change it. */
  countDown(times: Scalar, body: () => void): void;
  /** Runs `body` unless `value` is 0. */
  ifNonZero(value: Scalar, body: () => void): void;

  // Vectors: moves
  /** All lanes 0. */
  zero(to: Vector): void;
  /** All lanes the float32 `value`. */
  constant(to: Vector, value: number): void;
  /** All lanes the 32-bit integer `bits`. */
  constantBits(to: Vector, bits: number): void;
  /** `to = from`. */
  copy(to: Vector, from: Vector): void;
  /** Loads {@linkcode VectorMachine.lanes} float32. Any alignment works; 64-byte alignment is fast. */
  load(to: Vector, from: Address): void;
  /** Stores {@linkcode VectorMachine.lanes} float32. */
  store(to: Address, from: Vector): void;
  /** All lanes the float32 at `from`, or any other 4 bytes. */
  broadcast(to: Vector, from: Address): void;
  /** Stores lane 0 as one float32. */
  storeLane0(to: Address, from: Vector): void;

  /** Loads {@linkcode VectorMachine.lanes} unsigned bytes, one to an int32 lane. Reads no byte more. */
  loadU8Lanes(to: Vector, from: Address): void;
  /** Loads {@linkcode VectorMachine.lanes} signed bytes, one to an int32 lane. Reads no byte more. */
  loadS8Lanes(to: Vector, from: Address): void;

  // Vectors: across lanes
  /**
   * Lane `i` of `to` is lane `indices[i]` of `table`, whatever it holds.
   *
   * @param indices int32 lanes; only their remainder modulo {@linkcode VectorMachine.lanes} counts.
   */
  permute(to: Vector, indices: Vector, table: Vector | Address): void;
  /** All lanes the sum of the float32 lanes of `from`: in pairs from halves down to neighbours, so always in one order. */
  addAcross(to: Vector, from: Vector): void;
  /**
   * Stores the lanes of `from` whose lane of `keep` has any bit set, next to each other at `to`, and adds 4 for each of
   * them to `advance`. Up to a whole vector at `to` is overwritten. Takes two scalars for a moment (avx512: one).
   *
   * @param advance May be the index of `to`, which then points behind what was stored.
   */
  compress(to: Address, from: Vector, keep: Vector, advance: Scalar): void;

  // Vectors: float32 arithmetic, lane by lane
  /** `to = a + b`. */
  add(to: Vector, a: Vector, b: Vector): void;
  /** `to = a - b`. */
  subtract(to: Vector, a: Vector, b: Vector): void;
  /** `to = a * b`. */
  multiply(to: Vector, a: Vector, b: Vector): void;
  /** `to = a / b`. */
  divide(to: Vector, a: Vector, b: Vector): void;
  /** `to` = the smaller; where a lane of either is NaN, `b` or NaN. */
  minimum(to: Vector, a: Vector, b: Vector): void;
  /** `to` = the larger; where a lane of either is NaN, `b` or NaN. */
  maximum(to: Vector, a: Vector, b: Vector): void;
  /** `to = √a`. */
  squareRoot(to: Vector, a: Vector): void;
  /** `to` = nearest integer, ties to even, as float32. */
  round(to: Vector, a: Vector): void;
  /** `to += a * b`; rounds once if {@linkcode VectorMachine.fused}. `b` may be in memory. */
  fma(to: Vector, a: Vector, b: Vector | Address): void;
  /** `to = to * a + b`: one step of Horner's rule. */
  horner(to: Vector, a: Vector, b: Vector): void;

  // Vectors: bits
  /** `to = a & b`. */
  and(to: Vector, a: Vector, b: Vector): void;
  /** `to = a | b`. */
  or(to: Vector, a: Vector, b: Vector): void;
  /** `to = a ^ b`. */
  xor(to: Vector, a: Vector, b: Vector): void;
  /** float32 to int32, nearest even; input must fit int32. */
  toInt32(to: Vector, a: Vector): void;
  /** int32 to float32. */
  toFloat32(to: Vector, a: Vector): void;
  /** int32 addition, wrapping. */
  addInt32(to: Vector, a: Vector, b: Vector): void;
  /** int32 subtraction, wrapping. */
  subtractInt32(to: Vector, a: Vector, b: Vector): void;
  /** The low 32 bits of int32 products. */
  multiplyInt32(to: Vector, a: Vector, b: Vector): void;
  /** The smaller int32. */
  minimumInt32(to: Vector, a: Vector, b: Vector): void;
  /** The larger int32. */
  maximumInt32(to: Vector, a: Vector, b: Vector): void;
  /** int32 shift left by a constant, 0 to 31. */
  shiftLeftInt32(to: Vector, a: Vector, bits: number): void;
  /** int32 shift right by a constant, 0 to 31; the sign is kept. */
  shiftRightInt32(to: Vector, a: Vector, bits: number): void;
  /** `to = a (comparison) b ? ifTrue : ifFalse`, lane by lane. */
  select(
    to: Vector,
    a: Vector,
    comparison: Comparison,
    b: Vector,
    ifTrue: Vector,
    ifFalse: Vector,
  ): void;
  /** {@linkcode VectorMachine.select} by comparison of int32 lanes. */
  selectInt32(
    to: Vector,
    a: Vector,
    comparison: Comparison,
    b: Vector,
    ifTrue: Vector,
    ifFalse: Vector,
  ): void;

  // Vectors: lanes, bytes and 16-bit words, in each group of 4 lanes (128 bits) by itself
  /**
   * Group i of 4 lanes of `to` is the 4 float32 at `from[i]`, one address for each group that the machine has. Reads 16
   * bytes at each.
   *
   * @throws {RangeError} If there are more or fewer addresses than groups.
   */
  loadGroups(to: Vector, from: readonly Address[]): void;
  /** Lanes 0 and 1 of `a` and `b` in turn: a0, b0, a1, b1. */
  unpackLowLanes(to: Vector, a: Vector, b: Vector): void;
  /** Lanes 2 and 3 of `a` and `b` in turn: a2, b2, a3, b3. */
  unpackHighLanes(to: Vector, a: Vector, b: Vector): void;
  /** Lanes 0 and 1 of `a`, then those of `b`. */
  unpackLowPairs(to: Vector, a: Vector, b: Vector): void;
  /** Lanes 2 and 3 of `a`, then those of `b`. */
  unpackHighPairs(to: Vector, a: Vector, b: Vector): void;
  /** Bytes 0 to 7 of `a` and `b` in turn: a0, b0, a1, b1 ... */
  unpackLowBytes(to: Vector, a: Vector, b: Vector): void;
  /** Bytes 8 to 15 of `a` and `b` in turn. */
  unpackHighBytes(to: Vector, a: Vector, b: Vector): void;
  /** 16-bit words 0 to 3 of `a` and `b` in turn. */
  unpackLowWords(to: Vector, a: Vector, b: Vector): void;
  /** 16-bit words 4 to 7 of `a` and `b` in turn. */
  unpackHighWords(to: Vector, a: Vector, b: Vector): void;
  /** The 4 int32 of `a`, then those of `b`, each saturated to -32768 to 32767 in 16 bits. */
  packWords(to: Vector, a: Vector, b: Vector): void;
  /** The 8 signed 16-bit words of `a`, then those of `b`, each saturated to 0 to 255 in a byte. */
  packBytes(to: Vector, a: Vector, b: Vector): void;

  // Vectors: bytes, four to a lane
  /** Stores each int32 lane, saturated to 0 to 255, as one byte: {@linkcode VectorMachine.lanes} bytes in all. */
  storeU8Lanes(to: Address, from: Vector): void;
  /**
   * Each int32 lane of `to` += the sum of the 4 products of an unsigned byte of `u8` and a signed byte of `s8`, wrapping.
   *
   * Exact as far as {@linkcode dotBits} says: on avx2 the unsigned bytes must be at most 127, where two products fit the
   * 16 bits in which they are added.
   *
   * @throws {RangeError} If more than {@linkcode VectorMachine.byteVectors} are held (avx2, and narrow kernels).
   * @throws {EnvironmentError} If the program is built for this machine and its processor lacks the instruction.
   */
  dotU8S8(to: Vector, u8: Vector, s8: Vector | Address): void;
  /** {@linkcode VectorMachine.dotU8S8} with the 4 signed bytes at `s8` in every lane. */
  dotU8S8Broadcast(to: Vector, u8: Vector, s8: Address): void;
}

/**
 * How many bits unsigned bytes may have so that {@linkcode VectorMachine.dotU8S8} is exact: 8, but 7 on avx2.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([dotBits("avx512"), dotBits("avx2")], [8, 7]);
 * ```
 */
export function dotBits(target: Target): 7 | 8 {
  return target === "avx2" ? 7 : 8;
}

/**
 * Checks the addresses of {@linkcode VectorMachine.loadGroups}.
 *
 * @throws {RangeError} If there are more or fewer than the groups of 4 lanes.
 */
export function checkGroups(lanes: number, addresses: number): void {
  if (addresses === lanes / 4) return;
  throw new RangeError(`Cannot load groups: ${addresses} addresses, expected ${lanes / 4}`);
}

/** A kernel: its id, and the function that emits it. Equal ids mean equal code. */
export interface Kernel {
  /** `<op>_<dtype>_<pattern>_<target>` and, if the code depends on sizes, `_<size>`s, e.g. `spmm_f32_4x1_avx512_gelu_64`. */
  readonly id: string;
  /** Argument slots that the kernel reads. */
  readonly slots: number;
  /** What the slots are called, in order, for those who read the code; absent if nobody has named them. */
  readonly slotNames?: readonly string[];
  /**
   * Lanes of its vectors where they are fewer than the target's widest: 8 on avx512, 4 on both, for kernels whose data come
   * in short rows. There are no dot products of bytes then, and with 4 there are only loads and stores of float32, broadcasts, arithmetic and bits.
   */
  readonly lanes?: number;
  /** Emits the body once. */
  emit(machine: VectorMachine): void;
}
