/**
 * Which registers a kernel holds.
 *
 * @module
 */

/** Registers of one kind, taken and given back in scopes. */
export interface RegisterPool {
  /** Numbers that were ever taken. */
  readonly used: ReadonlySet<number>;
  /** Takes the first free register. @throws {RangeError} If none is free. */
  take(): number;
  /** A free register, left free; `null` if none is. */
  spare(): number | null;
  /** Whether a register is taken. */
  holds(id: number): boolean;
  /** Starts a scope; the function returned ends it and frees what was taken since. */
  open(): () => void;
}

/**
 * Makes a pool.
 *
 * @param kind What to call the registers in errors, e.g. `vector`.
 * @param order Register numbers, those to be taken first in front.
 */
export function createRegisterPool(kind: string, order: readonly number[]): RegisterPool {
  const used = new Set<number>();
  let taken: ReadonlySet<number> = new Set();

  function spare(): number | null {
    return order.find((id) => !taken.has(id)) ?? null;
  }

  function take(): number {
    const id = spare();
    if (id === null) {
      throw new RangeError(
        `Cannot take ${kind}: all ${order.length} are taken, expected a free one`,
      );
    }
    used.add(id);
    taken = new Set([...taken, id]);
    return id;
  }

  function open(): () => void {
    const before = taken;
    return () => {
      taken = before;
    };
  }

  return { used, take, spare, holds: (id) => taken.has(id), open };
}
