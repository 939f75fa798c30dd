/**
 * The vector machine as closures over registers.
 *
 * @module
 */
import { dotBits, type Scalar, type Target, type VectorMachine } from "../machine.ts";
import { arithmetic, bitOperations } from "./interpreting_arithmetic.ts";
import { byteOperations, packingOperations } from "./interpreting_bytes.ts";
import { laneOperations } from "./interpreting_lanes.ts";
import {
  type Action,
  addressOf,
  bitsOf,
  type Emit,
  lanesOf,
  loadLanes,
  POISON,
  valueOf,
} from "./interpreting_registers.ts";

/** A machine that collects what it is asked. */
export interface InterpretingMachine extends VectorMachine {
  /** Operations of the kernel, in order. */
  readonly actions: readonly Action[];
}

type Shape = Pick<VectorMachine, "lanes" | "vectors" | "byteVectors" | "fused">;

const SHAPES: Readonly<Record<Target, Shape>> = {
  avx512: { lanes: 16, vectors: 32, byteVectors: 32, fused: true },
  avx2: { lanes: 8, vectors: 16, byteVectors: 15, fused: true },
  wasm_relaxed: { lanes: 4, vectors: 12, byteVectors: 12, fused: true },
  wasm: { lanes: 4, vectors: 12, byteVectors: 12, fused: false },
};

/** Narrower registers are those of AVX2, of which there are 16. */
function narrowed(shape: Shape, lanes: number): Shape {
  return { ...shape, lanes, vectors: Math.min(16, shape.vectors), byteVectors: 0 };
}

// the fewest of any back end: what x86-64 leaves beside the stack, the argument block and one scratch register
const SCALARS = 13;

/**
 * A machine that pretends to be `target`.
 *
 * @param narrower Lanes of the vectors, where they are fewer than the target's widest.
 */
export function createInterpretingMachine(
  target: Target,
  narrower?: number,
): InterpretingMachine {
  const shape = narrower === undefined ? SHAPES[target] : narrowed(SHAPES[target], narrower);
  const { lanes, vectors, fused } = shape;
  let actions: Action[] = [];
  const pools = { scalar: createPool("scalar", SCALARS), vector: createPool("vector", vectors) };
  const emit = (action: Action): void => void actions.push(action);
  const scalar = (): Scalar => ({ kind: "scalar", id: pools.scalar.take() });
  const scope = (body: () => void): void => {
    const marks = [pools.scalar.mark(), pools.vector.mark()] as const;
    body();
    pools.scalar.release(marks[0]);
    pools.vector.release(marks[1]);
  };
  const record = (body: () => void): Action[] => {
    const outer = actions;
    actions = [];
    scope(body);
    const inner = actions;
    actions = outer;
    return inner;
  };
  return {
    target,
    ...shape,
    get actions() {
      return actions;
    },
    scope,
    scalar: () => {
      const taken = scalar();
      emit((r) => r.scalars[taken.id] = POISON);
      return taken;
    },
    vector: () => {
      const id = pools.vector.take();
      emit((r) => r.vectors[id] = new Float32Array(lanes).fill(NaN));
      return { kind: "vector", id };
    },
    argument: (slot) => {
      const to = scalar();
      emit((r) => r.scalars[to.id] = r.args[slot] ?? POISON);
      return to;
    },
    repeat: (times, body) =>
      scope(() => {
        scalar(); // the counter
        const inner = record(body);
        emit((r) => {
          const turns = typeof times === "number" ? times : valueOf(r, times);
          for (let turn = 0; turn < turns; turn++) inner.forEach((action) => action(r));
        });
      }),
    countDown: (times, body) => {
      const inner = record(body);
      emit((r) => {
        for (; valueOf(r, times) !== 0; r.scalars[times.id] = valueOf(r, times) - 1) {
          inner.forEach((action) => action(r));
        }
      });
    },
    ifNonZero: (value, body) => {
      const inner = record(body);
      emit((r) => {
        if (valueOf(r, value) !== 0) inner.forEach((action) => action(r));
      });
    },
    ...integerOperations(emit),
    ...moves(emit, lanes),
    ...arithmetic(emit, fused),
    ...bitOperations(emit),
    ...laneOperations(emit),
    ...byteOperations(emit, shape.byteVectors === 0 ? null : dotBits(target)),
    ...packingOperations(emit),
  };
}

interface Pool {
  take(): number;
  mark(): number;
  release(mark: number): void;
}

function createPool(kind: string, size: number): Pool {
  let taken = 0;
  return {
    take: () => {
      if (taken === size) throw new RangeError(`Cannot take a ${kind}: all ${size} are in use`);
      return taken++;
    },
    mark: () => taken,
    release: (mark) => taken = mark,
  };
}

function integerOperations(
  emit: Emit,
): Pick<
  VectorMachine,
  | ("move" | "increase" | "decrease" | "shiftLeft")
  | ("loadU8" | "loadU16" | "loadU32" | "storeU32" | "prefetch")
> {
  return {
    move: (to, from) => emit((r) => r.scalars[to.id] = valueOf(r, from)),
    increase: (to, by) => emit((r) => r.scalars[to.id] = valueOf(r, to) + valueOf(r, by)),
    decrease: (to, by) => emit((r) => r.scalars[to.id] = valueOf(r, to) - valueOf(r, by)),
    shiftLeft: (to, bits) => emit((r) => r.scalars[to.id] = valueOf(r, to) * 2 ** bits),
    loadU8: (to, from) => emit((r) => r.scalars[to.id] = r.memory.getUint8(addressOf(r, from))),
    loadU16: (to, from) =>
      emit((r) => r.scalars[to.id] = r.memory.getUint16(addressOf(r, from), true)),
    loadU32: (to, from) =>
      emit((r) => r.scalars[to.id] = r.memory.getUint32(addressOf(r, from), true)),
    prefetch: () => {},
    storeU32: (to, from) =>
      emit((r) => r.memory.setUint32(addressOf(r, to), valueOf(r, from), true)),
  };
}

function moves(
  emit: Emit,
  lanes: number,
): Pick<
  VectorMachine,
  "zero" | "constant" | "constantBits" | "copy" | "load" | "store" | "broadcast" | "storeLane0"
> {
  return {
    zero: (to) => emit((r) => lanesOf(r, to).fill(0)),
    constant: (to, value) => emit((r) => lanesOf(r, to).fill(value)),
    constantBits: (to, bits) => emit((r) => bitsOf(lanesOf(r, to)).fill(bits)),
    copy: (to, from) => emit((r) => lanesOf(r, to).set(lanesOf(r, from))),
    load: (to, from) => emit((r) => lanesOf(r, to).set(loadLanes(r, addressOf(r, from), lanes))),
    store: (to, from) =>
      emit((r) => {
        const address = addressOf(r, to);
        bitsOf(lanesOf(r, from)).forEach((bits, lane) =>
          r.memory.setInt32(address + 4 * lane, bits, true)
        );
      }),
    broadcast: (to, from) =>
      emit((r) => bitsOf(lanesOf(r, to)).fill(r.memory.getInt32(addressOf(r, from), true))),
    storeLane0: (to, from) =>
      emit((r) => r.memory.setInt32(addressOf(r, to), bitsOf(lanesOf(r, from))[0] ?? 0, true)),
  };
}
