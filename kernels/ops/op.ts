/**
 * Kernels with named arguments.
 *
 * @module
 */
import type { Step } from "../backend.ts";
import type { Kernel, Scalar, VectorMachine } from "../machine.ts";

/** A kernel whose argument slots have names, so that nobody outside its file knows their order. */
export interface Op<Named> extends Kernel {
  /**
   * The argument block of one call.
   *
   * @throws {RangeError} If a value is negative, not an integer, or too large for an address.
   */
  args(named: Named): readonly number[];
}

/** Takes a scalar and loads the named slot into it. */
export type Arguments<Slot extends string> = (slot: Slot) => Scalar;

/** What {@linkcode defineOp} needs. */
export interface OpDefinition<Slot extends string, Named> {
  /** Kernel id. */
  readonly id: string;
  /** Lanes of its vectors where they are fewer than the target's; default the target's. */
  readonly lanes?: number;
  /** Slots in the order of the argument block. */
  readonly slots: readonly Slot[];
  /** Computes the slots from what a caller knows. */
  readonly derive: (named: Named) => Readonly<Record<Slot, number>>;
  /** Emits the body once. */
  readonly emit: (machine: VectorMachine, argument: Arguments<Slot>) => void;
}

// slots are loaded into 64-bit registers, but user-space addresses end at 2^47
const SLOT_LIMIT = 2 ** 47;

/** A kernel with named arguments. */
export function defineOp<Slot extends string, Named>(
  definition: OpDefinition<Slot, Named>,
): Op<Named> {
  const { id, lanes, slots, derive, emit } = definition;
  return {
    id,
    ...lanes !== undefined && { lanes },
    slots: slots.length,
    slotNames: slots,
    emit: (machine) => emit(machine, (slot) => machine.argument(slots.indexOf(slot))),
    args: (named) => {
      const values = derive(named);
      return slots.map((slot) => checkSlot(id, slot, values[slot]));
    },
  };
}

/**
 * The step that calls a kernel.
 *
 * @throws {RangeError} If an argument does not fit, see {@linkcode Op.args}.
 */
export function callStep<Named>(kernel: Op<Named>, named: Named): Step {
  return { do: "call", kernel, args: kernel.args(named) };
}

function checkSlot(id: string, slot: string, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value >= SLOT_LIMIT) {
    throw new RangeError(
      `Cannot call ${id}: ${slot} is ${value}, expected an integer from 0 to 2^47 - 1`,
    );
  }
  return value;
}
