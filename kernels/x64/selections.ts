/**
 * The machine's choices by comparison.
 *
 * @module
 */
import type { Comparison, VectorMachine } from "../machine.ts";
import type { Emission } from "./machine.ts";
import { masked, type Register, register } from "./operands.ts";
import { withScratch } from "./scratch.ts";

/** Names of the methods. */
export type Selections = "select" | "selectInt32";

type Select = VectorMachine["select"];

/** Operands of a choice. */
interface Choice {
  readonly to: Register;
  readonly a: Register;
  readonly comparison: Comparison;
  readonly b: Register;
  readonly ifTrue: Register;
  readonly ifFalse: Register;
}

/** Predicates of `vcmpps`: ordered, so false for NaN, and quiet (manual, volume 2A, CMPPS, table 3-1). */
const PREDICATES: Readonly<Record<Comparison, number>> = {
  eq: 0x00,
  lt: 0x11,
  le: 0x12,
  ge: 0x1d,
  gt: 0x1e,
};

/** Predicates of `vpcmpd` (manual, volume 2C, VPCMPD); NLE is greater, NLT greater or equal. */
const INT32_PREDICATES: Readonly<Record<Comparison, number>> = {
  eq: 0,
  lt: 1,
  le: 2,
  ge: 5,
  gt: 6,
};

const SCRATCH_MASK = 1; // k1 is written and read within one operation

/** Binds the choices to the code being emitted. */
export function selections(emission: Emission): Pick<VectorMachine, Selections> {
  const { assembler: { emit }, dialect, vector } = emission;
  const mask = register("k", SCRATCH_MASK);
  const bind = (choose: (choice: Choice) => void): Select => (to, a, comparison, b, yes, no) =>
    choose({
      to: vector(to),
      a: vector(a),
      comparison,
      b: vector(b),
      ifTrue: vector(yes),
      ifFalse: vector(no),
    });
  if (dialect.target === "avx512") {
    return {
      select: bind((choice) => {
        emit("vcmpps", mask, choice.a, choice.b, PREDICATES[choice.comparison]);
        blendByMask(emission, choice);
      }),
      selectInt32: bind((choice) => {
        emit("vpcmpd", mask, choice.a, choice.b, INT32_PREDICATES[choice.comparison]);
        blendByMask(emission, choice);
      }),
    };
  }
  return {
    select: bind((choice) =>
      withComparison(emission, choice, (into) => {
        emit("vcmpps", into, choice.a, choice.b, PREDICATES[choice.comparison]);
        emit("vblendvps", choice.to, choice.ifFalse, choice.ifTrue, into);
      })
    ),
    selectInt32: bind((choice) => selectInt32BySign(emission, choice)),
  };
}

/** Lanes set in the mask come from the last operand. */
function blendByMask({ assembler }: Emission, { to, ifTrue, ifFalse }: Choice): void {
  assembler.emit("vblendmps", masked(to, SCRATCH_MASK), ifFalse, ifTrue);
}

/** The comparison needs a register: the destination if it is not a source of the blend, else another. */
function withComparison(
  emission: Emission,
  { to, a, b, ifTrue, ifFalse }: Choice,
  body: (into: Register) => void,
): void {
  if (to.id !== ifTrue.id && to.id !== ifFalse.id) body(to);
  else withScratch(emission, [to, a, b, ifTrue, ifFalse], body);
}

/** There are equal and greater: the operands change places for less, the results for the opposites. */
function selectInt32BySign(emission: Emission, choice: Choice): void {
  const { assembler: { emit } } = emission;
  const { to, a, b, comparison, ifTrue, ifFalse } = choice;
  const [left, right] = comparison === "lt" || comparison === "ge" ? [b, a] : [a, b];
  const opposite = comparison === "le" || comparison === "ge";
  withComparison(emission, choice, (into) => {
    emit(comparison === "eq" ? "vpcmpeqd" : "vpcmpgtd", into, left, right);
    // lanes with the sign bit come from the third operand
    emit("vblendvps", to, opposite ? ifTrue : ifFalse, opposite ? ifFalse : ifTrue, into);
  });
}
