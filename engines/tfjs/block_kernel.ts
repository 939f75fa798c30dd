/**
 * Kernels whose parameters lie in memory, so that one program serves every call.
 *
 * A program of a back end is emitted with the arguments of its kernels in it. Training calls a kernel with other sizes and addresses each
 * time; so the only argument is the address of a block of parameters that the caller fills before each run: 8 bytes each, the low
 * word first, since an address may have 47 bits.
 *
 * @module
 */
import type { Backend, Kernel, Scalar, VectorMachine } from "../../kernels/mod.ts";

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

/** A kernel whose block holds the named parameters. */
export function defineBlockKernel<Name extends string>(
  id: string,
  parameters: readonly Name[],
  emit: (machine: VectorMachine, load: Load<Name>) => void,
): BlockKernel<Name> {
  return {
    id,
    slots: 1,
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

/** A kernel with its block: addresses, and values below 2^32. */
export type Run<Name extends string> = (
  addresses: Readonly<Partial<Record<Name, number>>>,
  values?: Readonly<Partial<Record<Name, number>>>,
) => void;

/** The parameters of a kernel. */
export type NamesOf<K> = K extends BlockKernel<infer Name> ? Name : never;

/** Emits a kernel with a block of its own. */
export function bindKernel<Name extends string>(
  backend: Backend,
  kernel: BlockKernel<Name>,
): Run<Name> {
  const { parameters } = kernel;
  const origin = backend.allocate(8 * parameters.length);
  const block = backend.uint32(origin, 2 * parameters.length);
  const program = backend.build([[{ do: "call", kernel, args: [origin] }]]);
  return (addresses, values) => {
    for (let i = 0; i < parameters.length; i++) {
      const name = parameters[i]!;
      const value = addresses[name] ?? values?.[name] ?? 0;
      block[2 * i] = value; // stores it modulo 2^32
      block[2 * i + 1] = value / 2 ** 32;
    }
    // With one thread a program has ended when this returns.
    void program.run();
  };
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
