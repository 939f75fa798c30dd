/**
 * Loads, stores, constants and integers of the vector machine, on every target that works here.
 */
import { assert, assertEquals } from "@std/assert";
import type { Address, Scalar, VectorMachine } from "./machine.ts";
import { address, asFloat32, asUint32, bitsOf, loaded, testEachMachine } from "./machine_trial.ts";

testEachMachine("constant(), constantBits() and zero() fill all lanes with exact bits", (run) => {
  const values = [1, -0, 0.1, -1e-42, Infinity, 3.4028234663852886e38];
  const patterns = [0, 1, 0x8000_0000, 0xffff_ffff, 0x7f80_0000, 0x1234_5678];
  const [result] = run({
    buffers: [new Uint32Array(16 * (values.length + patterns.length + 1)).fill(0xdead_beef)],
    emit(m, at): void {
      const to = m.vector();
      const writers = [
        ...values.map((value) => () => m.constant(to, value)),
        ...patterns.map((pattern) => () => m.constantBits(to, pattern)),
        () => m.zero(to),
      ];
      writers.forEach((writer, row) => {
        writer();
        for (let i = 0; i < 16; i += m.lanes) m.store(address(at, 0, 64 * row + 4 * i), to);
      });
    },
  });
  const expected = [...values.map(bitsOf), ...patterns, 0];
  assertEquals([...asUint32(result)], expected.flatMap((bits) => Array<number>(16).fill(bits)));
});

testEachMachine("load() and store() work at every alignment and touch nothing else", (run) => {
  const bytes = Uint8Array.from({ length: 192 }, (_, i) => i);
  for (const shift of [0, 1, 4, 20, 61]) {
    let width = 0;
    const [, result] = run({
      buffers: [bytes, new Uint8Array(192).fill(0xee)],
      emit(m, at): void {
        width = 4 * m.lanes;
        const vector = m.vector();
        m.load(vector, address(at, 0, shift));
        m.store(address(at, 1, shift + 3), vector);
      },
    });
    const expected = new Uint8Array(192).fill(0xee);
    expected.set(bytes.subarray(shift, shift + width), shift + 3);
    assertEquals(result, expected);
  }
});

testEachMachine("addresses are the sum of base, index and displacement", (run) => {
  const data = Float32Array.from({ length: 256 }, (_, i) => i);
  let lanes = 0;
  const [, result] = run({
    buffers: [data, new Float32Array(256)],
    numbers: [128, 64],
    emit(m, [x, y, far, near]): void {
      assert(x && y && far && near);
      lanes = m.lanes;
      const vector = m.vector();
      m.load(vector, { base: x, index: far, disp: 256 });
      m.store({ base: y, index: near }, vector);
      m.broadcast(vector, { base: x, index: far, disp: 4 });
      m.store({ base: y, index: near, disp: 128 }, vector);
      m.storeLane0({ base: y, index: far, disp: 512 }, vector);
      m.zero(vector);
      m.constant(vector, 1);
      m.fma(vector, vector, { base: x, index: near, disp: 8 });
      m.store({ base: y, disp: 768 }, vector);
    },
  });
  const expected = new Float32Array(256);
  for (let i = 0; i < lanes; i++) {
    expected[16 + i] = 96 + i;
    expected[48 + i] = 33;
    expected[192 + i] = 1 + 18 + i;
  }
  expected[160] = 33;
  assertEquals(asFloat32(result), expected);
});

/** Emits broadcasts from `x`, each into the next of ten vectors, which are stored at the end. */
type Broadcasts = (
  m: VectorMachine,
  keep: (from: Address) => void,
  x: Scalar,
  step: Scalar,
) => void;

// A back end may let neighbours share a load, but never across a change of address or memory.
const NEIGHBOURS: Readonly<Record<string, readonly [Broadcasts, readonly number[]]>> = {
  "nine in a row": [
    (_, keep, x) => {
      for (let i = 0; i < 9; i++) keep({ base: x, disp: 4 * i });
    },
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  ],
  "with gaps, repetitions and backwards": [
    (_, keep, x) => [3, 4, 6, 7, 8, 8, 9, 5, 4, 3].forEach((i) => keep({ base: x, disp: 4 * i })),
    [3, 4, 6, 7, 8, 8, 9, 5, 4, 3],
  ],
  "behind an index": [
    (_, keep, x, step) => {
      for (let i = 0; i < 4; i++) keep({ base: x, index: step, disp: 4 * i });
      keep({ base: x, disp: 16 });
    },
    [8, 9, 10, 11, 4],
  ],
  "while the base moves": [
    (m, keep, x) => {
      keep({ base: x });
      m.increase(x, 4);
      keep({ base: x, disp: 4 });
      keep({ base: x, disp: 8 });
      m.increase(x, 4);
      keep({ base: x, disp: 12 });
    },
    [0, 2, 3, 5],
  ],
  "while the index moves": [
    (m, keep, x, step) => {
      keep({ base: x, index: step });
      m.decrease(step, 4);
      keep({ base: x, index: step, disp: 4 });
      m.shiftLeft(step, 1);
      keep({ base: x, index: step, disp: 8 });
    },
    [8, 8, 16],
  ],
  "before, in and after a loop": [
    (m, keep, x) => {
      keep({ base: x });
      m.repeat(2, () => {
        keep({ base: x, disp: 4 });
        keep({ base: x, disp: 8 });
        m.increase(x, 40);
      });
      keep({ base: x, disp: 12 });
    },
    [0, 11, 12, 23], // of the loop, the second turn
  ],
};

testEachMachine("broadcast() of neighbours reads each where and when it stands", (run) => {
  const data = Float32Array.from({ length: 32 }, (_, i) => i);
  for (const [what, [broadcasts, expected]] of Object.entries(NEIGHBOURS)) {
    const [, result] = run({
      buffers: [data, new Float32Array(16)],
      numbers: [32],
      emit(m, [x, out, step]): void {
        assert(x && out && step);
        const vectors = Array.from({ length: 10 }, () => m.vector());
        const free = vectors.values();
        broadcasts(m, (from) => m.broadcast(free.next().value ?? m.vector(), from), x, step);
        vectors.slice(0, expected.length).forEach((vector, i) => {
          m.storeLane0({ base: out, disp: 4 * i }, vector);
        });
      },
    });
    assertEquals([...asFloat32(result).subarray(0, expected.length)], [...expected], what);
  }
});

testEachMachine("broadcast() sums as many weights as there are, without a store between", (run) => {
  const weights = Float32Array.from({ length: 16 }, (_, i) => 2 ** i);
  for (let count = 1; count <= 9; count++) {
    const [, result] = run({
      buffers: [weights, new Float32Array(16)],
      emit(m, [x, out]): void {
        assert(x && out);
        const [sum, weight, one] = [m.vector(), m.vector(), m.vector()];
        m.zero(sum);
        m.constant(one, 1);
        for (let i = 0; i < count; i++) {
          m.broadcast(weight, { base: x, disp: 4 * i });
          m.fma(sum, weight, one);
        }
        m.store({ base: out }, sum);
      },
    });
    assertEquals(asFloat32(result)[3], 2 ** count - 1);
  }
});

testEachMachine("broadcast() sees what was stored just before", (run) => {
  const [result] = run({
    buffers: [Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
    emit(m, [x]): void {
      assert(x !== undefined);
      const [first, second] = [m.vector(), m.vector()];
      m.broadcast(first, { base: x });
      m.storeLane0({ base: x, disp: 4 }, first);
      m.broadcast(second, { base: x, disp: 4 });
      m.storeLane0({ base: x, disp: 8 }, second);
      m.broadcast(second, { base: x, disp: 8 });
      m.storeLane0({ base: x, disp: 12 }, second);
    },
  });
  assertEquals([...asFloat32(result)], [1, 1, 1, 1, 5, 6, 7, 8]);
});

testEachMachine("integer operations agree with JavaScript", (run) => {
  const [, , result] = run({
    buffers: [Uint32Array.of(0xffff_fffe, 7), Uint16Array.of(1, 0xffff, 9), new Uint32Array(12)],
    numbers: [1000],
    emit(m, at): void {
      const thousand = at[3];
      assert(thousand !== undefined);
      const to = m.scalar();
      let word = 0;
      const keep = (): void => m.storeU32(address(at, 2, 4 * word++), to);
      m.move(to, 123_456_789), keep();
      m.move(to, 2 ** 31 - 1), keep();
      m.move(to, thousand), keep();
      m.increase(to, 5), keep();
      m.increase(to, thousand), keep();
      m.decrease(to, 6), keep();
      m.decrease(to, thousand), keep();
      m.shiftLeft(to, 6), keep();
      m.shiftLeft(to, 0), keep();
      m.loadU16(to, address(at, 1, 2)), keep();
      m.loadU32(to, address(at, 0)), keep();
      m.storeU32({ base: at[2] ?? to, index: loaded(m, 4), disp: 40 }, thousand);
    },
  });
  const expected = [123_456_789, 2 ** 31 - 1, 1000, 1005, 2005, 1999, 999, 63_936, 63_936];
  assertEquals([...asUint32(result)], [...expected, 0xffff, 0xffff_fffe, 1000]);
});

testEachMachine("a loaded offset moves an address", (run) => {
  const [, , result] = run({
    buffers: [Uint16Array.of(3, 0, 1), Float32Array.of(10, 11, 12, 13), new Float32Array(19)],
    emit(m, at): void {
      const [offset, vector] = [m.scalar(), m.vector()];
      const [table, values, out] = at;
      assert(table && values && out);
      m.repeat(3, () => {
        m.loadU16(offset, { base: table });
        m.shiftLeft(offset, 2);
        m.broadcast(vector, { base: values, index: offset });
        m.storeLane0({ base: out }, vector);
        m.increase(table, 2);
        m.increase(out, 4);
      });
    },
  });
  assertEquals([...asFloat32(result).subarray(0, 4)], [13, 10, 11, 0]);
});
