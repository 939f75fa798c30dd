/**
 * Loops, registers and refusals of the vector machine, on every target that works here.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Scalar, Vector, VectorMachine } from "./machine.ts";
import {
  asFloat32,
  asUint32,
  loaded,
  type RunTrial,
  runTrial,
  testEach,
  testEachMachine,
} from "./machine_trial.ts";

/** Emits loops of the given counts, one in another, and returns how often the innermost body ran, and the counts after. */
function countTurns(run: RunTrial, counts: readonly number[], asScalars: boolean): number[] {
  const [result] = run({
    buffers: [new Uint32Array(1 + counts.length)],
    numbers: counts,
    emit(m, [out, ...scalars]): void {
      assert(out !== undefined);
      const turns = loaded(m, 0);
      const nest = (depth: number): void => {
        const times = asScalars ? scalars[depth] : counts[depth];
        if (times === undefined) m.increase(turns, 1);
        else m.repeat(times, () => nest(depth + 1));
      };
      nest(0);
      [turns, ...scalars].forEach((from, word) => m.storeU32({ base: out, disp: 4 * word }, from));
    },
  });
  return [...asUint32(result)];
}

testEachMachine("repeat() runs its body as often as asked, nested and not at all", (run) => {
  for (const counts of [[0], [1], [2], [1000], [3, 5], [5, 0], [0, 5], [1, 1], [4, 3, 2, 7]]) {
    const product = counts.reduce((all, count) => all * count, 1);
    for (const asScalars of [true, false]) {
      assertEquals(countTurns(run, counts, asScalars), [product, ...counts]);
    }
  }
});

testEachMachine("countDown() runs its body as often as asked and leaves 0", (run) => {
  for (const count of [0, 1, 2, 100]) {
    const [result] = run({
      buffers: [new Uint32Array(2)],
      numbers: [count],
      emit(m, [out, times]): void {
        assert(out !== undefined && times !== undefined);
        const turns = loaded(m, 0);
        m.countDown(times, () => m.increase(turns, 1));
        m.storeU32({ base: out }, turns);
        m.storeU32({ base: out, disp: 4 }, times);
      },
    });
    assertEquals([...asUint32(result)], [count, 0]);
  }
});

testEachMachine("prefetch() may point anywhere", (run) => {
  const [result] = run({
    buffers: [new Uint32Array(1)],
    numbers: [],
    emit(m, [out]): void {
      assert(out !== undefined);
      const wild = loaded(m, 2 ** 31);
      for (const base of [wild, out]) m.prefetch({ base, disp: 2 ** 30 });
      m.storeU32({ base: out }, loaded(m, 7));
    },
  });
  assertEquals([...asUint32(result)], [7]);
});

testEachMachine("repeat() in sequence keeps what the loops before it computed", (run) => {
  const [result] = run({
    buffers: [new Float32Array(16)],
    numbers: [10, 0],
    emit(m, [out, ten, none]): void {
      assert(out && ten && none);
      const [sum, one, hundred] = [m.vector(), m.vector(), m.vector()];
      m.zero(sum);
      m.constant(one, 1);
      m.constant(hundred, 100);
      m.repeat(ten, () => m.add(sum, sum, one));
      m.repeat(none, () => m.add(sum, sum, hundred));
      m.repeat(ten, () => m.repeat(ten, () => m.fma(sum, one, one)));
      m.store({ base: out }, sum);
    },
  });
  assertEquals(asFloat32(result)[0], 110);
});

testEachMachine("ifNonZero() runs its body unless the scalar is 0, nested and in loops", (run) => {
  const values = [0, 1, 256, 2 ** 31 - 1];
  const [result] = run({
    buffers: [new Uint32Array(2 + values.length)],
    numbers: values,
    emit(m, [out, ...scalars]): void {
      assert(out !== undefined);
      const [runs, both] = [loaded(m, 0), loaded(m, 0)];
      m.repeat(3, () =>
        scalars.forEach((value) =>
          m.ifNonZero(value, () => {
            m.increase(runs, 1);
            m.ifNonZero(scalars[0]!, () => m.increase(both, 1));
            m.ifNonZero(scalars[1]!, () => m.increase(both, 1));
          })
        ));
      [runs, both, ...scalars].forEach((from, i) => m.storeU32({ base: out, disp: 4 * i }, from));
    },
  });
  assertEquals([...asUint32(result)], [9, 9, ...values]);
});

testEachMachine("ifNonZero() reads again what its body may have stored", (run) => {
  const [result] = run({
    buffers: [Float32Array.of(1, 2, 3, 4)],
    numbers: [1],
    emit(m, [at, one]): void {
      assert(at && one);
      const [first, second] = [m.vector(), m.vector()];
      m.broadcast(first, { base: at });
      m.ifNonZero(one, () => m.storeLane0({ base: at, disp: 4 }, first));
      m.broadcast(second, { base: at, disp: 4 });
      m.storeLane0({ base: at, disp: 8 }, second);
    },
  });
  assertEquals([...asFloat32(result)], [1, 1, 1, 4]);
});

testEachMachine("scope() frees registers for use again, thousands of times", (run) => {
  const [result] = run({
    buffers: [new Float32Array(16)],
    emit(m, [out]): void {
      assert(out !== undefined);
      const [sum, turns] = [m.vector(), m.scalar()];
      m.zero(sum);
      m.move(turns, 0);
      for (let i = 0; i < 2000; i++) {
        m.scope(() => {
          const [step, by] = [m.vector(), m.scalar()];
          m.constant(step, i % 3);
          m.add(sum, sum, step);
          m.move(by, 1);
          m.increase(turns, by);
        });
      }
      m.storeLane0({ base: out }, sum);
      m.storeU32({ base: out, disp: 4 }, turns);
    },
  });
  assertEquals([asFloat32(result)[0], asUint32(result)[1]], [1999, 2000]);
});

testEach(
  "all vectors and at least 8 scalars can be held at once, each with its own value",
  (target) => {
    let [vectors, scalars] = [0, 0];
    const [result] = runTrial(target, {
      buffers: [new Float32Array(64)],
      emit(m, [out]): void {
        assert(out !== undefined);
        vectors = m.vectors;
        const held = Array.from({ length: vectors }, () => m.vector());
        held.forEach((vector, i) => m.constant(vector, i + 1));
        held.forEach((vector, i) => m.storeLane0({ base: out, disp: 4 * i }, vector));
        assertThrows(() => m.vector(), RangeError);
        const counters: Scalar[] = [];
        assertThrows(() => {
          while (counters.length < 100) counters.push(m.scalar());
        }, RangeError);
        scalars = counters.length;
        counters.forEach((counter, i) => m.move(counter, 1000 + i));
        counters.forEach((counter, i) => m.storeU32({ base: out, disp: 4 * (32 + i) }, counter));
      },
    });
    const expected = Array.from({ length: vectors }, (_, i) => i + 1);
    assertEquals([...asFloat32(result).subarray(0, vectors)], expected);
    assert(scalars >= 8, `${scalars} scalars`);
    const counts = Array.from({ length: scalars }, (_, i) => 1000 + i);
    assertEquals([...asUint32(result).subarray(32, 32 + scalars)], counts);
  },
);

const REFUSED: Readonly<Record<string, (m: VectorMachine, at: Scalar, v: Vector) => void>> = {
  "a negative displacement": (m, at, v) => m.load(v, { base: at, disp: -4 }),
  "a displacement of 2^31": (m, at, v) => m.store({ base: at, disp: 2 ** 31 }, v),
  "a shift by 32": (m, at) => m.shiftLeft(at, 32),
  "a shift by -1": (m, _, v) => m.shiftLeftInt32(v, v, -1),
  "a shift right by 32": (m, _, v) => m.shiftRightInt32(v, v, 32),
  "-1 turns": (m) => m.repeat(-1, () => {}),
  "1.5 turns": (m) => m.repeat(1.5, () => {}),
  "a slot that the kernel does not have": (m) => void m.argument(1),
  "a vector whose scope has ended": (m) => {
    let vector = m.vector();
    m.scope(() => vector = m.vector());
    m.zero(vector);
  },
  "a scalar taken in a loop, after the loop": (m, at) => {
    let scalar = at;
    m.repeat(2, () => scalar = m.scalar());
    m.move(scalar, 1);
  },
};

testEach("the machine refuses what it cannot encode", (target) => {
  for (const [what, emit] of Object.entries(REFUSED)) {
    assertThrows(
      () =>
        runTrial(target, {
          buffers: [new Float32Array(16)],
          emit: (m, [at]) => at && emit(m, at, m.vector()),
        }),
      RangeError,
      "Cannot",
      what,
    );
  }
});
