/**
 * A vector register for a machine operation that takes more than one instruction.
 *
 * @module
 */
import type { Emission } from "./machine.ts";
import { memory, r64, type Register, register } from "./operands.ts";

/** Bytes under the stack pointer in which a borrowed register is kept: half of the red zone. */
const KEPT_BYTES = 64;

/**
 * Emits `body` with a vector register that it may overwrite: a free one, or one that is kept on the stack meanwhile.
 *
 * @param inUse Registers that the body reads or writes.
 */
export function withScratch(
  { assembler: { emit }, dialect, spareVector }: Emission,
  inUse: readonly Register[],
  body: (scratch: Register) => void,
): void {
  const free = spareVector();
  if (free !== null) return body(free);
  const taken = new Set(inUse.map(({ id }) => id));
  const id = Array.from({ length: dialect.vectors }, (_, i) => i).find((i) => !taken.has(i)) ?? 0;
  const borrowed = register(dialect.vectorClass, id);
  const redZone = memory(r64("rsp"), { disp: -KEPT_BYTES });
  emit("vmovups", redZone, borrowed);
  body(borrowed);
  emit("vmovups", borrowed, redZone);
}
