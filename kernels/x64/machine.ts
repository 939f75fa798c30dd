/**
 * The vector machine on x86-64: AVX-512F on zmm0-31, or AVX2 with FMA3 on ymm0-15.
 *
 * Calling convention of an emitted kernel (System V AMD64):
 * - in: rdi = address of the argument block, 8 bytes a slot; it stays in rdi throughout;
 * - out: nothing in registers;
 * - preserved: rbx, rbp, rsp, r12-r15 (saved only if used) and MXCSR, whose rounding must be to nearest even;
 * - clobbered: rax, rcx, rdx, rsi, r8-r11, all vectors, k1, flags; the upper vector halves are zero on return;
 * - stack: callee-saved registers, and 64 bytes of red zone under them; kernels call nothing.
 *
 * Layout: body, epilogue, and behind them the prologue, whose content is known only once the body has been emitted. A
 * kernel that saves nothing has no prologue and is entered at its body.
 *
 * @module
 */
import type { Address, Kernel, Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import type { Assembler, Label } from "./assembler.ts";
import { type Memory, memory, r64, type Register, register } from "./operands.ts";
import { byteOperations } from "./byte_operations.ts";
import { laneOperations } from "./lane_operations.ts";
import { createRegisterPool } from "./registers.ts";
import { scalarOperations } from "./scalar_operations.ts";
import { vectorOperations } from "./vector_operations.ts";

/** Targets of this back end. */
export type X64Target = Extract<Target, "avx512" | "avx2">;

/** How a target's registers and bitwise instructions are called. */
export interface Dialect {
  /** Instruction set. */
  readonly target: X64Target;
  /** Vector registers' class. */
  readonly vectorClass: "zmm" | "ymm" | "xmm";
  /** float32 lanes. */
  readonly lanes: number;
  /** Number of vector registers. */
  readonly vectors: number;
  /** Vector registers beside dot products of bytes: AVX2 needs one for the products. */
  readonly byteVectors: number;
  /** Bitwise and. */
  readonly and: "vpandd" | "vandps";
  /** Bitwise or. */
  readonly or: "vpord" | "vorps";
  /** Bitwise exclusive or. */
  readonly xor: "vpxord" | "vxorps";
  /** Rounding to integers; both take the same immediate. */
  readonly round: "vrndscaleps" | "vroundps";
}

const DIALECTS: Readonly<Record<X64Target | "narrow", Dialect>> = {
  // vandps & co. on zmm would need AVX512DQ; the integer forms are AVX512F and as fast.
  avx512: {
    target: "avx512",
    vectorClass: "zmm",
    lanes: 16,
    vectors: 32,
    byteVectors: 32,
    and: "vpandd",
    or: "vpord",
    xor: "vpxord",
    round: "vrndscaleps",
  },
  avx2: {
    target: "avx2",
    vectorClass: "ymm",
    lanes: 8,
    vectors: 16,
    byteVectors: 15,
    and: "vandps",
    or: "vorps",
    xor: "vxorps",
    round: "vroundps",
  },
  // the 128-bit forms of AVX2, which every processor of both targets has
  narrow: {
    target: "avx2",
    vectorClass: "xmm",
    lanes: 4,
    vectors: 16,
    byteVectors: 0,
    and: "vandps",
    or: "vorps",
    xor: "vxorps",
    round: "vroundps",
  },
};

/**
 * What a kernel is emitted in: the target's own registers, or narrower ones if it asks for fewer lanes.
 *
 * @throws {RangeError} If it asks for other lanes than the target's registers can have.
 */
function dialectOf({ id, lanes }: Kernel, target: X64Target): Dialect {
  const widest = DIALECTS[target];
  if (lanes === undefined) return widest;
  const dialect = [widest, DIALECTS.avx2, DIALECTS.narrow].find((one) => one.lanes === lanes);
  if (dialect === widest) return widest;
  // the target says for which bytes a dot product is exact, and narrow registers would have to agree
  if (dialect !== undefined && lanes <= widest.lanes) return { ...dialect, byteVectors: 0 };
  throw new RangeError(
    `Cannot emit ${id}: it wants ${lanes} lanes, expected 4 to ${widest.lanes} on ${target}`,
  );
}

const CALLER_SAVED = ["rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11"];
const CALLEE_SAVED = ["rbx", "rbp", "r12", "r13", "r14", "r15"];
const ARGUMENTS = r64("rdi");
/** Where the front end likes loops to start: decoded instructions are cached by 32 or 64 bytes of code. */
const LOOP_ALIGNMENT = 32;

/** What the parts of the machine share while one kernel is emitted. */
export interface Emission {
  /** Takes the instructions. */
  readonly assembler: Assembler;
  /** Names of the target. */
  readonly dialect: Dialect;
  /** The register behind a scalar. @throws {RangeError} If it is not taken. */
  scalar(of: Scalar): Register;
  /** The register behind a vector. @throws {RangeError} If it is not taken. */
  vector(of: Vector): Register;
  /** The operand for an address. @throws {RangeError} If its displacement is out of range. */
  place(of: Address): Memory;
  /** A vector register that holds nothing, or `null`. */
  spareVector(): Register | null;
  /** Runs `body` with scalar registers that it may overwrite. @throws {RangeError} If so many are not free. */
  withScalars(count: number, body: (...scalars: Register[]) => void): void;
}

/**
 * Appends a kernel's code.
 *
 * @returns Where to call it.
 * @throws {RangeError} If the kernel takes too many registers or asks for what cannot be encoded.
 */
export function emitKernel(assembler: Assembler, kernel: Kernel, target: X64Target): Label {
  const dialect = dialectOf(kernel, target);
  const scalars = createRegisterPool(
    "scalar",
    [...CALLER_SAVED, ...CALLEE_SAVED].map((name) => r64(name).id),
  );
  const vectors = createRegisterPool(
    "vector",
    Array.from({ length: dialect.vectors }, (_, id) => id),
  );
  const body = assembler.label();
  assembler.align(64);
  assembler.place(body);
  kernel.emit(createMachine(assembler, dialect, scalars, vectors, kernel));
  const saved = CALLEE_SAVED.map(r64).filter((one) => scalars.used.has(one.id));
  assembler.emit("vzeroupper");
  for (const one of saved.toReversed()) assembler.emit("pop", one);
  assembler.emit("ret");
  if (saved.length === 0) return body;
  const entry = assembler.label();
  assembler.place(entry);
  for (const one of saved) assembler.emit("push", one);
  assembler.jump("jmp", body);
  return entry;
}

type Pool = ReturnType<typeof createRegisterPool>;

function createMachine(
  assembler: Assembler,
  dialect: Dialect,
  scalars: Pool,
  vectors: Pool,
  kernel: Kernel,
): VectorMachine {
  function scope(body: () => void): void {
    const closeScalars = scalars.open();
    const closeVectors = vectors.open();
    body();
    closeScalars();
    closeVectors();
  }

  const scalar = (): Scalar => ({ kind: "scalar", id: scalars.take() });
  const emission: Emission = {
    assembler,
    dialect,
    scalar: (of) => register("r64", held(scalars, of)),
    vector: (of) => register(dialect.vectorClass, held(vectors, of)),
    place: (of) => place(emission, of),
    spareVector: () => {
      const id = vectors.spare();
      return id === null ? null : register(dialect.vectorClass, id);
    },
    withScalars: (count, body) =>
      scope(() => body(...Array.from({ length: count }, () => emission.scalar(scalar())))),
  };

  return {
    target: dialect.target,
    lanes: dialect.lanes,
    vectors: dialect.vectors,
    byteVectors: dialect.byteVectors,
    fused: true,
    scope,
    scalar,
    vector: () => ({ kind: "vector", id: vectors.take() }),
    argument: (slot) => {
      if (!Number.isInteger(slot) || slot < 0 || slot >= kernel.slots) {
        throw new RangeError(
          `Cannot read argument of ${kernel.id}: slot is ${slot}, expected 0 to ${
            kernel.slots - 1
          }`,
        );
      }
      const to = scalar();
      assembler.emit("mov", emission.scalar(to), memory(ARGUMENTS, { disp: 8 * slot }));
      return to;
    },
    repeat: (times, body) => scope(() => repeat(emission, scalar, times, () => scope(body))),
    countDown: (times, body) =>
      scope(() => countDown(emission, emission.scalar(times), true, () => scope(body))),
    ifNonZero: (value, body) => scope(() => ifNonZero(emission, value, body)),
    ...scalarOperations(emission),
    ...vectorOperations(emission),
    ...laneOperations(emission),
    ...byteOperations(emission),
  };
}

function held(pool: Pool, of: Scalar | Vector): number {
  if (!pool.holds(of.id)) {
    throw new RangeError(`Cannot use ${of.kind} ${of.id}: it is free, expected one in scope`);
  }
  return of.id;
}

function place(emission: Emission, of: Address): Memory {
  const { base, index, disp = 0 } = of;
  if (disp < 0) {
    throw new RangeError(
      `Cannot address memory: displacement is ${disp}, expected 0 to 2147483647`,
    );
  }
  return memory(emission.scalar(base), {
    disp,
    ...(index === undefined ? {} : { index: emission.scalar(index) }),
  });
}

function ifNonZero({ assembler, scalar }: Emission, value: Scalar, body: () => void): void {
  const end = assembler.label();
  assembler.emit("test", scalar(value), scalar(value));
  assembler.jump("jz", end);
  body();
  assembler.place(end);
}

/** Counts down a register of its own: `dec` and `jnz` are one micro-operation. */
function repeat(
  emission: Emission,
  takeScalar: () => Scalar,
  times: Scalar | number,
  body: () => void,
): void {
  if (typeof times === "number") {
    if (!Number.isInteger(times) || times < 0 || times >= 2 ** 32) {
      throw new RangeError(`Cannot repeat: ${times} times, expected an integer from 0 to 2^32 - 1`);
    }
    if (times === 0) return;
    if (times === 1) return body();
  }
  const { assembler, scalar } = emission;
  const counter = scalar(takeScalar());
  assembler.emit("mov", counter, typeof times === "number" ? times : scalar(times));
  countDown(emission, counter, typeof times !== "number", body);
}

/** @param maybeZero Whether the body may have to be left out. */
function countDown(
  { assembler }: Emission,
  counter: Register,
  maybeZero: boolean,
  body: () => void,
): void {
  const [top, end] = [assembler.label(), assembler.label()];
  if (maybeZero) {
    assembler.emit("test", counter, counter);
    assembler.jump("jz", end);
  }
  assembler.align(LOOP_ALIGNMENT);
  assembler.place(top);
  body();
  assembler.emit("dec", counter);
  assembler.jump("jnz", top);
  assembler.place(end);
}
