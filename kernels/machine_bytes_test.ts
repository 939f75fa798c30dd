/**
 * Bytes and moves across lanes of the vector machine, on every target that works here and interpreted.
 */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import { createInterpretingMachine } from "./reference/interpreting_machine.ts";
import { listKernel } from "./list_kernel.ts";
import { dotBits, type Kernel, type Scalar, type VectorMachine } from "./machine.ts";
import { address, asFloat32, asUint32, type RunTrial, testEachMachine } from "./machine_trial.ts";

/** Lanes of the widest target; buffers hold a multiple of them. */
const MOST_LANES = 16;

function asInt32(bytes: Uint8Array | undefined): Int32Array {
  return new Int32Array((bytes ?? new Uint8Array()).slice().buffer);
}

/** Runs `body` once for each vector of the buffers, whose addresses are stepped by the bytes given. */
function eachVector(
  m: VectorMachine,
  at: readonly Scalar[],
  stepBytes: readonly number[],
  body: () => void,
): void {
  m.repeat(MOST_LANES / m.lanes, () => {
    body();
    at.forEach((pointer, i) => m.increase(pointer, (stepBytes[i] ?? 0) * m.lanes));
  });
}

testEachMachine("loadU8() clears the rest of the register", (run) => {
  const [, result] = run({
    buffers: [Uint8Array.of(7, 0, 255, 128), new Uint32Array(4)],
    emit(m, at): void {
      const to = m.scalar();
      for (let i = 0; i < 4; i++) {
        m.move(to, 2 ** 31 - 1);
        m.loadU8(to, address(at, 0, i));
        m.storeU32(address(at, 1, 4 * i), to);
      }
    },
  });
  assertEquals([...asUint32(result)], [7, 0, 255, 128]);
});

testEachMachine("loadU8Lanes() and loadS8Lanes() widen bytes at any address", (run) => {
  const source = Uint8Array.from(
    { length: MOST_LANES + 3 },
    (_, i) => [0, 1, 127, 128, 255][i % 5]!,
  );
  for (const shift of [0, 3]) {
    const [, unsigned, signed] = run({
      buffers: [source, new Int32Array(MOST_LANES), new Int32Array(MOST_LANES)],
      emit(m, at): void {
        const to = m.vector();
        eachVector(m, at, [1, 4, 4], () => {
          m.loadU8Lanes(to, address(at, 0, shift));
          m.store(address(at, 1), to);
          m.loadS8Lanes(to, address(at, 0, shift));
          m.store(address(at, 2), to);
        });
      },
    });
    const expected = source.slice(shift, shift + MOST_LANES);
    assertEquals([...asInt32(unsigned)], [...expected]);
    assertEquals([...asInt32(signed)], [...new Int8Array(expected.buffer)]);
  }
});

/** Permutes with the table in a register or in memory; the destination is its own, the indices' or the table's register. */
function permuted(
  run: RunTrial,
  indices: Int32Array,
  where: "own" | "indices" | "table" | "memory",
): Uint32Array {
  let lanes = 0;
  // NaNs with a payload, so that a look-up that goes through arithmetic is found out
  const table = Uint32Array.from({ length: MOST_LANES }, (_, i) => 0x7f80_0001 + i);
  const [, , result] = run({
    buffers: [table, indices, new Uint32Array(MOST_LANES)],
    emit(m, at): void {
      lanes = m.lanes;
      const [own, from, index] = [m.vector(), m.vector(), m.vector()];
      const to = where === "indices" ? index : where === "table" ? from : own;
      m.load(from, address(at, 0));
      m.load(index, address(at, 1));
      m.permute(to, index, where === "memory" ? address(at, 0) : from);
      m.store(address(at, 2), to);
    },
  });
  return asUint32(result).subarray(0, lanes);
}

testEachMachine("permute() picks lanes by their number modulo the lanes", (run) => {
  const random = createRandom(3);
  for (const where of ["own", "indices", "table", "memory"] as const) {
    for (
      const pick of [(i: number) => MOST_LANES - 1 - i, () => random.integer(2 ** 32), () => -1]
    ) {
      const indices = Int32Array.from({ length: MOST_LANES }, (_, i) => pick(i));
      const found = permuted(run, indices, where);
      const expected = [...indices.subarray(0, found.length)].map((index) =>
        0x7f80_0001 + (index & (found.length - 1))
      );
      assertEquals([...found], expected, where);
    }
  }
});

testEachMachine("addAcross() puts the sum of all lanes into each", (run) => {
  for (const alias of [false, true]) {
    for (const full of [false, true]) {
      let [lanes, untouched] = [0, 0];
      const terms = Float32Array.from({ length: MOST_LANES }, (_, i) => 2 ** i + 0.5);
      const [, sums, others] = run({
        buffers: [terms, new Float32Array(MOST_LANES), new Float32Array(32)],
        emit(m, at): void {
          lanes = m.lanes;
          const from = m.vector();
          const to = alias ? from : m.vector();
          const held = full ? m.vectors - (alias ? 1 : 2) : 0;
          const rest = Array.from({ length: held }, () => m.vector());
          untouched = held;
          rest.forEach((vector, i) => m.constant(vector, i));
          m.load(from, address(at, 0));
          m.addAcross(to, from);
          m.store(address(at, 1), to);
          rest.forEach((vector, i) => m.storeLane0(address(at, 2, 4 * i), vector));
        },
      });
      const sum = terms.subarray(0, lanes).reduce((all, term) => all + term, 0);
      assertEquals([...asFloat32(sums).subarray(0, lanes)], Array(lanes).fill(sum));
      const expected = Array.from({ length: untouched }, (_, i) => i);
      assertEquals([...asFloat32(others).subarray(0, untouched)], expected, "registers beside it");
    }
  }
});

testEachMachine("addAcross() of random numbers is their sum", (run) => {
  const random = createRandom(5);
  const terms = Float32Array.from({ length: MOST_LANES }, () => random.normal());
  let lanes = 0;
  const [, result] = run({
    buffers: [terms, new Float32Array(MOST_LANES)],
    emit(m, at): void {
      lanes = m.lanes;
      const vector = m.vector();
      m.load(vector, address(at, 0));
      m.addAcross(vector, vector);
      m.store(address(at, 1), vector);
    },
  });
  const sum = terms.subarray(0, lanes).reduce((all, term) => all + term, 0);
  assertAlmostEquals(asFloat32(result)[0] ?? NaN, sum, 1e-6);
});

/** Pairs of bytes whose products are largest, smallest, and everything between. */
function dotOperands(mostUnsigned: number): { u8: Uint8Array; s8: Int8Array } {
  const random = createRandom(11);
  const extremes: readonly (readonly [number, number])[] = [[mostUnsigned, -128], [
    mostUnsigned,
    127,
  ], [
    0,
    -128,
  ], [1, -1]];
  const count = 4 * MOST_LANES;
  const pairs = Array.from({ length: count }, (_, i) => {
    // the first lanes hold one extreme four times, the next mix them, the rest is random
    if (i < 16) return extremes[i >> 2]!;
    if (i < 32) return extremes[(i + (i >> 2)) % 4]!;
    return [random.integer(mostUnsigned + 1), random.integer(256) - 128] as const;
  });
  return { u8: Uint8Array.from(pairs, ([u]) => u), s8: Int8Array.from(pairs, ([, s]) => s) };
}

const STARTS = Int32Array.from(
  { length: MOST_LANES },
  (_, i) => [0, 2 ** 31 - 1, -(2 ** 31), -7, 1_000_000][i % 5]!,
);

testEachMachine("dotU8S8() is exact and wraps, with registers and memory", (run, target) => {
  const { u8, s8 } = dotOperands(2 ** dotBits(target) - 1);
  const expected = STARTS.map((start, lane) =>
    [0, 1, 2, 3].reduce((sum, i) => sum + u8[4 * lane + i]! * s8[4 * lane + i]!, start)
  );
  for (const inMemory of [false, true]) {
    const [, , , result] = run({
      buffers: [u8, s8, STARTS, new Int32Array(MOST_LANES)],
      emit(m, at): void {
        const [sum, unsigned, signed] = [m.vector(), m.vector(), m.vector()];
        const held = Array.from({ length: m.byteVectors - 3 }, () => m.vector());
        assert(held.length > 0);
        eachVector(m, at, [4, 4, 4, 4], () => {
          m.load(sum, address(at, 2));
          m.load(unsigned, address(at, 0));
          m.load(signed, address(at, 1));
          m.dotU8S8(sum, unsigned, inMemory ? address(at, 1) : signed);
          m.store(address(at, 3), sum);
        });
      },
    });
    assertEquals([...asInt32(result)], [...expected]);
  }
});

testEachMachine(
  "dotU8S8Broadcast() repeats 4 signed bytes, also several in a row",
  (run, target) => {
    const { u8, s8 } = dotOperands(2 ** dotBits(target) - 1);
    const rows = 5;
    const [, , result] = run({
      buffers: [u8, s8, new Int32Array(rows * MOST_LANES)],
      emit(m, at): void {
        const unsigned = m.vector();
        const sums = Array.from({ length: rows }, () => m.vector());
        sums.forEach((sum) => m.zero(sum));
        m.load(unsigned, address(at, 0));
        sums.forEach((sum, row) => m.dotU8S8Broadcast(sum, unsigned, address(at, 1, 4 * row)));
        sums.forEach((sum, row) => m.store(address(at, 2, 4 * MOST_LANES * row), sum));
      },
    });
    for (let row = 0; row < rows; row++) {
      const expected = [0, 1, 2, 3].map((lane) =>
        [0, 1, 2, 3].reduce((sum, i) => sum + u8[4 * lane + i]! * s8[4 * row + i]!, 0)
      );
      const first = MOST_LANES * row;
      assertEquals([...asInt32(result).subarray(first, first + 4)], expected, `row ${row}`);
    }
  },
);

testEachMachine("dotU8S8() beside more vectors than byteVectors is refused or right", (run) => {
  const trial = (extra: number): unknown =>
    run({
      buffers: [new Uint8Array(64)],
      emit(m, at): void {
        const held = Array.from({ length: m.byteVectors + extra }, () => m.vector());
        m.zero(held[0]!), m.zero(held[1]!), m.zero(held[2]!);
        m.dotU8S8(held[0]!, held[1]!, held[2]!);
        m.dotU8S8(held[0]!, held[1]!, address(at, 0));
      },
    });
  trial(0);
  try {
    trial(1);
  } catch (error) {
    assert(error instanceof RangeError, String(error));
  }
});

Deno.test("dotU8S8() is refused in kernels with fewer lanes than their target", () => {
  const kernel: Kernel = {
    id: "narrow",
    slots: 1,
    lanes: 8,
    emit: (m) => {
      const vector = m.vector();
      assertEquals(m.byteVectors, 0);
      m.dotU8S8Broadcast(vector, vector, { base: m.argument(0) });
    },
  };
  assertThrows(() => listKernel(kernel, "avx512"), RangeError, "asks for 8 lanes");
  const machine = createInterpretingMachine("avx512", 8);
  assertThrows(() => kernel.emit(machine), RangeError, "Cannot multiply bytes");
});

testEachMachine("broadcast() takes any 4 bytes", (run) => {
  const bytes = Uint8Array.of(0x01, 0x00, 0xa0, 0x7f); // a signalling NaN as a float32
  let lanes = 0;
  const [, result] = run({
    buffers: [bytes, new Uint32Array(MOST_LANES)],
    emit(m, at): void {
      lanes = m.lanes;
      const to = m.vector();
      m.broadcast(to, address(at, 0));
      m.store(address(at, 1), to);
    },
  });
  assertEquals([...asUint32(result).subarray(0, lanes)], Array(lanes).fill(0x7fa0_0001));
});

/** Numbers around the ends of the ranges to which the packing operations saturate. */
const WIDE = Int32Array.from(
  { length: MOST_LANES },
  (_, i) =>
    [0, 255, 256, -1, 127, 32767, 32768, -32768, -32769, 2 ** 31 - 1, -(2 ** 31), 1000][i % 12]!,
);

testEachMachine("storeU8Lanes() saturates and writes as many bytes as there are lanes", (run) => {
  for (const full of [false, true]) {
    let lanes = 0;
    const [, result] = run({
      buffers: [WIDE, new Uint8Array(64).fill(0xee)],
      emit(m, at): void {
        lanes = m.lanes;
        const held = Array.from({ length: full ? m.vectors : 1 }, () => m.vector());
        held.forEach((vector) => m.load(vector, address(at, 0)));
        m.storeU8Lanes(address(at, 1, 5), held.at(-1)!);
        m.storeU8Lanes(address(at, 1, 32), held[0]!);
      },
    });
    const saturated = [...WIDE.subarray(0, lanes)].map((x) => Math.min(Math.max(x, 0), 255));
    const expected = new Uint8Array(64).fill(0xee);
    expected.set(saturated, 5);
    expected.set(saturated, 32);
    assertEquals(result, expected);
  }
});

testEachMachine("loadGroups() takes each group of four lanes from a place of its own", (run) => {
  let lanes = 0;
  const places = [3, 40, 17, 8];
  const source = Uint32Array.from({ length: 64 }, (_, i) => 0x7f80_0001 + i);
  for (const full of [false, true]) {
    const [, result] = run({
      buffers: [source, new Uint32Array(MOST_LANES)],
      emit(m, at): void {
        lanes = m.lanes;
        for (let i = 1; full && i < m.vectors; i++) m.vector();
        const to = m.vector();
        m.loadGroups(to, places.slice(0, lanes / 4).map((i) => address(at, 0, 4 * i)));
        m.store(address(at, 1), to);
      },
    });
    const expected = places.flatMap((i) => [...source.subarray(i, i + 4)]).slice(0, lanes);
    assertEquals([...asUint32(result).subarray(0, lanes)], expected);
  }
});

testEachMachine("loadGroups() refuses more or fewer addresses than groups", (run) => {
  const trial = {
    buffers: [new Uint32Array(MOST_LANES)],
    emit: (m: VectorMachine, at: readonly Scalar[]): void =>
      m.loadGroups(m.vector(), Array(5).fill(address(at, 0))),
  };
  assertThrows(() => run(trial), RangeError, "5 addresses, expected");
});

type TwoSources =
  | ("unpackLowLanes" | "unpackHighLanes" | "unpackLowPairs" | "unpackHighPairs")
  | ("unpackLowBytes" | "unpackHighBytes" | "unpackLowWords" | "unpackHighWords")
  | ("packWords" | "packBytes");

/** Items of 16 bytes of `a` and `b` in turn, from item `start` on. */
function interleaved<T>(a: readonly T[], b: readonly T[], start: number): T[] {
  return Array.from({ length: a.length }, (_, i) => (i % 2 === 0 ? a : b)[start + (i >> 1)]!);
}

function saturate(numbers: readonly number[], low: number, high: number): number[] {
  return numbers.map((x) => Math.min(Math.max(x, low), high));
}

/** What an operation makes of 16 bytes of each source. */
const COMBINED: Readonly<Record<TwoSources, (a: Uint8Array, b: Uint8Array) => ArrayBufferView>> = {
  unpackLowLanes: (a, b) => Int32Array.from(interleaved(int32(a), int32(b), 0)),
  unpackHighLanes: (a, b) => Int32Array.from(interleaved(int32(a), int32(b), 2)),
  unpackLowPairs: (a, b) => Int32Array.from([...int32(a).slice(0, 2), ...int32(b).slice(0, 2)]),
  unpackHighPairs: (a, b) => Int32Array.from([...int32(a).slice(2), ...int32(b).slice(2)]),
  unpackLowBytes: (a, b) => Uint8Array.from(interleaved([...a], [...b], 0)),
  unpackHighBytes: (a, b) => Uint8Array.from(interleaved([...a], [...b], 8)),
  unpackLowWords: (a, b) => Int16Array.from(interleaved(int16(a), int16(b), 0)),
  unpackHighWords: (a, b) => Int16Array.from(interleaved(int16(a), int16(b), 4)),
  packWords: (a, b) => Int16Array.from(saturate([...int32(a), ...int32(b)], -32768, 32767)),
  packBytes: (a, b) => Uint8Array.from(saturate([...int16(a), ...int16(b)], 0, 255)),
};

function int16(bytes: Uint8Array): number[] {
  return [...new Int16Array(bytes.slice().buffer)];
}

function int32(bytes: Uint8Array): number[] {
  return [...new Int32Array(bytes.slice().buffer)];
}

testEachMachine(
  "unpacking and packing work in groups of 16 bytes, whatever the destination",
  (run) => {
    const a = new Uint8Array(WIDE.slice().buffer);
    const random = createRandom(9);
    const b = Uint8Array.from({ length: a.length }, () => random.integer(256));
    for (const name of Object.keys(COMBINED) as TwoSources[]) {
      for (const destination of [0, 1, 2]) {
        const [, , result] = run({
          buffers: [a, b, new Uint8Array(a.length)],
          emit(m, at): void {
            const [left, right, own] = [m.vector(), m.vector(), m.vector()];
            const to = [left, right, own][destination]!;
            eachVector(m, at, [4, 4, 4], () => {
              m.load(left, address(at, 0));
              m.load(right, address(at, 1));
              m[name](to, left, right);
              m.store(address(at, 2), to);
            });
          },
        });
        for (let group = 0; group < a.length; group += 16) {
          const sources = [a, b].map((of) => of.subarray(group, group + 16));
          const expected = COMBINED[name](sources[0]!, sources[1]!);
          const found = result?.subarray(group, group + 16);
          assertEquals([...found ?? []], [...new Uint8Array(expected.buffer)], `${name} ${group}`);
        }
      }
    }
  },
);

/** Compresses several vectors one behind the other; returns what is stored and the bytes counted. */
function compressed(
  run: RunTrial,
  values: Uint32Array,
  keep: Uint32Array,
  held: (m: VectorMachine) => number,
): { stored: Uint32Array; bytes: number } {
  const [, , out, count] = run({
    buffers: [
      values,
      keep,
      new Uint32Array(values.length + MOST_LANES).fill(0xeeee_eeee),
      new Uint32Array(1),
    ],
    emit(m, at): void {
      const [source, flags, offset] = [m.vector(), m.vector(), m.scalar()];
      for (let i = 2; i < held(m); i++) m.vector();
      m.move(offset, 0);
      m.repeat(values.length / m.lanes, () => {
        m.load(source, address(at, 0));
        m.load(flags, address(at, 1));
        m.compress({ base: at[2]!, index: offset, disp: 4 }, source, flags, offset);
        m.store(address(at, 0), source);
        m.store(address(at, 1), flags);
        for (const pointer of at.slice(0, 2)) m.increase(pointer, 4 * m.lanes);
      });
      m.storeU32(address(at, 3), offset);
    },
  });
  return { stored: asUint32(out), bytes: asUint32(count)[0] ?? 0 };
}

testEachMachine("compress() keeps the lanes whose flag has a bit set, in order", (run) => {
  const random = createRandom(21);
  const length = 8 * MOST_LANES;
  const values = Uint32Array.from({ length }, (_, i) => (i % 5 === 0 ? 0x7f80_0001 : 1000) + i);
  // flags: NaN, -0, the smallest bit; all, none, or some of a vector
  const marks = [0x7fc0_0000, 0x8000_0000, 1, 0xffff_ffff];
  const shares = [0, 1, 0.5, 0.1, 0.9, 0.5, 0, 1];
  const keep = Uint32Array.from(
    { length },
    (_, i) => random.next() < shares[Math.floor(i / MOST_LANES)]! ? marks[i % 4]! : 0,
  );
  for (const held of [() => 2, (m: VectorMachine) => m.vectors]) {
    const { stored, bytes } = compressed(run, values, keep, held);
    const expected = [...values].filter((_, i) => keep[i] !== 0);
    assertEquals(bytes, 4 * expected.length);
    assertEquals(stored[0], 0xeeee_eeee);
    assertEquals([...stored.subarray(1, 1 + expected.length)], expected);
    assertEquals(stored.at(-1), 0xeeee_eeee);
  }
});
