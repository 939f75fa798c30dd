/**
 * Registers of a kernel as locals of a WebAssembly function.
 *
 * A local is declared when it is first needed and used again after its scope has ended, so that a function has no more
 * locals than the kernel holds registers at once.
 *
 * @module
 */
import type { Scalar, Vector } from "../machine.ts";
import type { Code } from "./code.ts";

/** Vectors that a kernel may hold: V8 has 16 xmm registers, keeps one, and needs up to three for operands. */
export const VECTORS = 12;

/**
 * Scalars that a kernel may hold, counters of loops included. WebAssembly has no limit; this one is what x86-64 leaves, so
 * that a kernel that is emitted here can be emitted there.
 */
export const SCALARS = 14;

/** Takes and frees registers. */
export interface Registers {
  /** Runs `body`; what it takes is free afterwards. */
  scope(body: () => void): void;
  /** Takes a scalar. @throws {RangeError} If {@linkcode SCALARS} are held. */
  scalar(): Scalar;
  /** Takes a vector. @throws {RangeError} If {@linkcode VECTORS} are held. */
  vector(): Vector;
  /** The local of a register. @throws {RangeError} If the register is not held: its scope has ended, or it is another's. */
  local(register: Scalar | Vector): number;
}

/** Registers over the locals of `code`. */
export function createRegisters(code: Code): Registers {
  const free = { scalar: [] as number[], vector: [] as number[] };
  const held = new Set<Scalar | Vector>();

  function take<T extends Scalar | Vector>(kind: T["kind"], limit: number): T {
    const count = [...held].filter((register) => register.kind === kind).length;
    if (count >= limit) {
      throw new RangeError(`Cannot take a ${kind}: ${count} are held, expected at most ${limit}`);
    }
    const id = free[kind].pop() ?? code.declare(kind === "scalar" ? "i32" : "v128");
    // The object has both fields of the kind asked for.
    const register = { kind, id } as T;
    held.add(register);
    return register;
  }

  return {
    scope(body): void {
      const outer = new Set(held);
      body();
      for (const register of held) {
        if (outer.has(register)) continue;
        held.delete(register);
        free[register.kind].push(register.id);
      }
    },
    scalar: () => take<Scalar>("scalar", SCALARS),
    vector: () => take<Vector>("vector", VECTORS),
    local(register): number {
      if (held.has(register)) return register.id;
      throw new RangeError(
        `Cannot use ${register.kind} ${register.id}: it is not held, expected one taken in this or an outer scope`,
      );
    },
  };
}
