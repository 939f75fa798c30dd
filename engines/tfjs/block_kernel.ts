/**
 * Kernels whose parameters lie in memory, so that one program serves every call.
 *
 * A program of a back end is emitted with the arguments of its kernels in it. Training calls a kernel with other sizes and addresses each
 * time; so the only argument is the address of a block of parameters that the caller fills before each run: 8 bytes each, the low
 * word first, since an address may have 47 bits.
 *
 * @module
 */
import type { Backend, Kernel, Program, Scalar, Step, VectorMachine } from "../../kernels/mod.ts";

/** A kernel that reads its parameters from a block in memory. */
export interface BlockKernel<Name extends string> extends Kernel {
  /** Parameters in the order of the block. */
  readonly parameters: readonly Name[];
}

/** Loads a parameter into a scalar of the present scope. */
export interface Load<Name extends string> {
  /** A value below 2^32. */
  value(name: Name): Scalar;
  /** An address. */
  address(name: Name): Scalar;
}

/**
 * A kernel whose block holds the named parameters.
 *
 * @param lanes Lanes of its vectors where they are fewer than the target's widest.
 */
export function defineBlockKernel<Name extends string>(
  id: string,
  parameters: readonly Name[],
  emit: (machine: VectorMachine, load: Load<Name>) => void,
  lanes?: number,
): BlockKernel<Name> {
  return {
    id,
    slots: 1,
    ...(lanes !== undefined && { lanes }),
    parameters,
    emit(machine): void {
      function word(name: Name, half: "low" | "high"): Scalar {
        const to = machine.argument(0);
        const disp = 8 * parameters.indexOf(name) + (half === "low" ? 0 : 4);
        machine.loadU32(to, { base: to, disp });
        return to;
      }
      emit(machine, {
        value: (name) => word(name, "low"),
        address(name): Scalar {
          // In WebAssembly the high word is 0 and the shifts do nothing to it.
          const to = word(name, "high");
          for (let half = 0; half < 2; half++) machine.shiftLeft(to, 16);
          machine.scope(() => machine.increase(to, word(name, "low")));
          return to;
        },
      });
    },
  };
}

/** Parameters by name: addresses, and values below 2^32. Those left out are 0. */
export type BlockValues<Name extends string> = Readonly<Partial<Record<Name, number>>>;

/** A kernel with one block of parameters, to be a step of programs. */
export interface Block<Name extends string> {
  /** Runs the kernel with what the block holds. */
  readonly step: Step;
  /** Fills the block. */
  fill(addresses: BlockValues<Name>, values?: BlockValues<Name>): void;
}

/** Takes a block for a kernel. */
export function openBlock<Name extends string>(
  backend: Backend,
  kernel: BlockKernel<Name>,
): Block<Name> {
  const { parameters } = kernel;
  const address = backend.allocate(8 * parameters.length);
  const words = backend.uint32(address, 2 * parameters.length);
  return {
    step: { do: "call", kernel, args: [address] },
    fill(addresses, values): void {
      for (let i = 0; i < parameters.length; i++) {
        const name = parameters[i]!;
        const value = addresses[name] ?? values?.[name] ?? 0;
        words[2 * i] = value; // stores it modulo 2^32
        words[2 * i + 1] = value / 2 ** 32;
      }
    },
  };
}

/** A kernel with its blocks of parameters. */
export interface Run<Name extends string> {
  /** Runs it once, on the calling thread. */
  (addresses: BlockValues<Name>, values?: BlockValues<Name>): void;
  /**
   * Runs it once for each part, side by side: parts must not write where others read or write.
   *
   * @param parts At most {@linkcode Backend.threads}.
   */
  together(parts: readonly BlockValues<Name>[]): void;
}

/** The parameters of a kernel. */
export type NamesOf<K> = K extends BlockKernel<infer Name> ? Name : never;

/**
 * Emits a kernel with blocks of its own, one for each thread of the back end. Programs of several threads are built when they are first
 * run.
 */
export function bindKernel<Name extends string>(
  backend: Backend,
  kernel: BlockKernel<Name>,
): Run<Name> {
  const blocks = Array.from({ length: backend.threads }, () => openBlock(backend, kernel));
  const build = (threads: number): Program =>
    backend.build(blocks.slice(0, threads).map(({ step }) => [step]));
  const programs = new Map([[1, build(1)]]);
  function start(threads: number): void {
    const known = programs.get(threads);
    const program = known ?? build(threads);
    if (!known) programs.set(threads, program);
    // Native programs, and those of one thread, have ended when this returns.
    void program.run();
  }
  return Object.assign(
    (addresses: BlockValues<Name>, values?: BlockValues<Name>): void => {
      blocks[0]!.fill(addresses, values);
      start(1);
    },
    {
      together(parts: readonly BlockValues<Name>[]): void {
        if (parts.length === 0) return;
        parts.forEach((part, thread) => blocks[thread]!.fill(part));
        start(parts.length);
      },
    },
  );
}

/** Arena memory that is handed out for one call and then taken back. */
export interface Workspace {
  /** Takes everything back. */
  clear(): void;
  /** Address of `length` floats. @throws {RangeError} If they are not there. */
  take(length: number): number;
}

/** The rest of an arena as a workspace. */
export function openWorkspace(backend: Backend, sizeBytes: number): Workspace {
  const start = backend.allocate(Math.floor(sizeBytes / 64) * 64);
  let top = start;
  return {
    clear: () => void (top = start),
    take(length): number {
      const address = top;
      top += Math.ceil(length / 16) * 64;
      if (top > start + sizeBytes) {
        throw new RangeError(
          `Cannot hold operands: ${top - start} bytes in one call, expected at most ${sizeBytes}`,
        );
      }
      return address;
    },
  };
}
