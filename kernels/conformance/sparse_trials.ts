/**
 * Trials of the kernels of sparse activations.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Pattern } from "../../core/mod.ts";
import { columnsOfMatrix, moveColumns, packColumnRecords } from "../formats/mod.ts";
import type { KernelCase } from "../kernels.ts";
import { compressRow, fillRows, kthLargest, paddingMask, sparseSparse } from "../ops/mod.ts";
import { randomWeights } from "../reference/mod.ts";
import { proveRows } from "./rows.ts";
import { type Bench, call, type Trial, uniform } from "./trial.ts";

type SparseSparseCase = Extract<KernelCase, { op: "sparse_sparse" }>;

const padded = (length: number): number => 16 * Math.ceil(length / 16);

/** Trials of `kthLargest`: ties, both signs, zeros of both, infinities, and padding that must not count. */
export function kthLargestTrials(bench: Bench): Trial[] {
  const rows: Float32Array[] = [
    Float32Array.of(3),
    Float32Array.of(-1, -2, -3),
    Float32Array.of(0, -0, 0, 1, -1, 1e-45, -1e-45),
    Float32Array.of(Infinity, 2, 2, 2, -Infinity, 1),
    uniform(bench.random, 64),
    uniform(bench.random, 100),
    uniform(bench.random, 333).map((value) => Math.round(4 * value)),
    uniform(bench.random, 129).map((value) => -Math.abs(value) * 1e30),
  ];
  return rows.flatMap((row) =>
    [...new Set([1, 2, Math.ceil(row.length / 10), row.length])]
      .filter((k) => k <= row.length)
      .map((k) => kthLargestTrial(bench, row, k))
  );
}

function kthLargestTrial({ target, arena }: Bench, row: Float32Array, k: number): Trial {
  const x = new Float32Array(padded(row.length)).fill(1e38); // padding that would win
  x.set(row);
  const threshold = arena.output(16);
  const step = call(kthLargest({ target }), {
    x: arena.input(x),
    length: row.length,
    k: arena.input(Float32Array.of(k)),
    padding: arena.input(paddingMask(target, row.length)),
    threshold,
  });
  const expected = row.toSorted((a, b) => b - a)[k - 1]! + 0;
  return {
    steps: [step],
    prove: () => {
      const actual = arena.read(threshold, 16).map((value) => value + 0);
      // nothing is below NaN, nor below -Infinity
      const wanted = expected === -Infinity ? NaN : expected;
      assertEquals([...actual], Array(16).fill(wanted), `${k} of ${row.length}`);
    },
  };
}

/** Trials of `compressRow`: nothing, everything, something. */
export function compressTrials(bench: Bench, keep: "non-zeros" | "winners"): Trial[] {
  const { random } = bench;
  const rows = [
    new Float32Array(16),
    uniform(random, 48),
    uniform(random, 272).map((value) => value > 0.2 ? value : 0),
    Float32Array.from({ length: 32 }, (_, i) => [NaN, -0, Infinity, 0.5, 0][i % 5]!),
  ];
  return rows.map((row) => compressTrial(bench, keep, row));
}

const LIMIT = 0.5;

function compressTrial(
  { target, arena, random }: Bench,
  keep: "non-zeros" | "winners",
  x: Float32Array,
): Trial {
  const room = x.length + 16;
  const starts = Uint32Array.from(x, () => random.integer(2 ** 32));
  const [values, offsets] = [arena.output(room), arena.output(room)];
  const count = arena.output(1);
  const step = call(compressRow({ target, keep }), {
    x: arena.input(x),
    length: x.length,
    threshold: arena.input(new Float32Array(16).fill(LIMIT)),
    starts: arena.input(starts),
    values,
    offsets,
    count,
  });
  const kept = [...x.keys()].filter((i) => keep === "winners" ? !(x[i]! < LIMIT) : x[i] !== 0);
  const integers = (address: number, length: number): Uint32Array =>
    new Uint32Array(arena.read(address, length).buffer);
  return {
    steps: [step],
    prove: () => {
      assertEquals([...integers(count, 1)], [kept.length]);
      assertEquals([...arena.read(values, kept.length)], kept.map((i) => x[i]!));
      assertEquals([...integers(offsets, kept.length)], kept.map((i) => starts[i]!));
    },
  };
}

/** Trials of `sparseSparse`: sizes around columns, no activation, some, all. */
export function sparseSparseTrials(kernel: SparseSparseCase, bench: Bench): Trial[] {
  const R = kernel.rowsPerBlock;
  const sizes = [[1, 1], [R, 7], [R + 1, 16], [3 * R + 2, 67]] as const;
  return sizes.flatMap(([rows, cols]) =>
    [0, 0.3, 1].map((active) => sparseSparseTrial(kernel, bench, rows, cols, active))
  );
}

function sparseSparseTrial(
  { rowsPerBlock, wide }: SparseSparseCase,
  { target, arena, random }: Bench,
  rows: number,
  cols: number,
  active: number,
): Trial {
  const pattern: Pattern = { kind: "block", rows: rowsPerBlock, cols: 1 };
  const weights = randomWeights(random, rows, cols, pattern);
  const written = rowsPerBlock * Math.ceil(rows / rowsPerBlock);
  // far outputs take 32-bit offsets
  const far = wide ? 2 ** 14 : 0;
  const columns = moveColumns(columnsOfMatrix(weights, rows, cols, rowsPerBlock, false), 4 * far);
  const packed = packColumnRecords(columns, cols, rowsPerBlock, wide);
  const x = uniform(random, cols).map((value) => random.next() < active ? value : 0);
  const list = [...x.keys()].filter((i) => x[i] !== 0);
  const bias = uniform(random, far + written + 16);
  const y = arena.inout(bias);
  const step = call(sparseSparse({ target, rowsPerBlock, wide: packed.wide }), {
    values: arena.input(Float32Array.from(list, (i) => x[i]!)),
    offsets: arena.input(
      Uint32Array.from([...list, ...Array(16).keys()], (i) => packed.starts[i] ?? 0),
    ),
    count: arena.input(Uint32Array.of(list.length)),
    records: arena.input(packed.records),
    y,
  });
  return {
    steps: [step],
    prove: () => {
      const actual = arena.read(y, bias.length);
      const problem = { weights, rows, cols, tokens: 1, x, xStride: cols, post: "none" } as const;
      proveRows(actual.subarray(far), actual.length, { ...problem, bias: bias.subarray(far) });
      const others = (of: Float32Array) => [...of.subarray(0, far), ...of.subarray(far + written)];
      assertEquals(others(actual), others(bias), "outputs of no column");
    },
  };
}

/** Trials of `fillRows`. */
export function fillTrials({ target, arena, random }: Bench): Trial[] {
  return [[16, 1], [48, 3]].map(([length = 0, rows = 0]) => {
    const from = uniform(random, length);
    const to = arena.output(rows * length);
    return {
      steps: [call(fillRows({ target }), { from: arena.input(from), to, length, rows })],
      prove: () => {
        const actual = arena.read(to, rows * length);
        assert(actual.every((value, i) => value === from[i % length]));
      },
    };
  });
}
