import { assert, assertEquals, assertThrows } from "@std/assert";
import { applyMask, createRandom, drawMask, type Random, whyIndivisible } from "../../core/mod.ts";
import { csrOfCoo } from "./coo.ts";
import { fullestGroup } from "./n_of_m.ts";
import {
  convert,
  type Dense,
  type FormatSpec,
  type SparseMatrix,
  storedBytes,
  toCsr,
} from "./sparse_matrix.ts";

/** Values with NaN, infinity and both zeros among them. */
const SPECIAL = [NaN, Infinity, -Infinity, -0, 1e-45, -3.4e38];

function drawDense(random: Random): Dense {
  const [rows, cols] = [random.integer(13), random.integer(40)];
  const values = Float32Array.from(
    { length: rows * cols },
    () => random.integer(10) === 0 ? SPECIAL[random.integer(SPECIAL.length)]! : random.normal(),
  );
  applyMask(values, drawMask(random, rows, cols, { kind: "unstructured" }, random.next()));
  return { format: "dense", rows, cols, values };
}

/** Every format that can hold the matrix, with drawn settings. */
function specsFor(matrix: Dense, random: Random): FormatSpec[] {
  const { rows, cols } = matrix;
  const simple = (["dense", "coo", "csr", "csc", "ell", "bitmap"] as const)
    .map((format): FormatSpec => ({ format }));
  const blocks = ([[1, 1], [2, 1], [4, 1], [1, 4], [3, 5], [4, 4]] as const)
    .filter(([R, C]) => whyIndivisible({ kind: "block", rows: R, cols: C }, rows, cols) === null)
    .map(([blockRows, blockCols]): FormatSpec => ({ format: "bsr", blockRows, blockCols }));
  const groups = [1, 2, 3, 4, 16].filter((m) => cols % m === 0).map((m): FormatSpec => {
    const least = fullestGroup(toCsr(matrix), m);
    return { format: "n_of_m", n: least + random.integer(2), m };
  });
  return [...simple, ...blocks, ...groups];
}

/** What every format must give back: the values, with -0 as 0. */
function plain({ values }: Dense): number[] {
  return Array.from(values, (value) => value === 0 ? 0 : value);
}

function weightsOf(matrix: SparseMatrix): number[] {
  return Array.from((convert(matrix, { format: "dense" }) as Dense).values);
}

Deno.test("convert() takes any matrix from each format to each, NaN, infinity and -0 included", () => {
  const random = createRandom("convert");
  for (let i = 0; i < 60; i++) {
    const dense = drawDense(random);
    const wanted = plain(dense);
    const specs = specsFor(dense, random);
    const stored = specs.map((spec) => convert(dense, spec));
    for (const from of stored) {
      assertEquals(weightsOf(from), wanted, from.format);
      for (const [to, spec] of specs.entries()) {
        if (from.format === "dense" && spec.format === "dense") continue;
        const there = convert(from, spec);
        if (spec.format !== "dense") {
          assertEquals(there, stored[to], `${from.format} to ${spec.format}`);
        }
        assertEquals(weightsOf(there), wanted);
      }
    }
  }
});

Deno.test("convert() stores a small matrix as the books do", () => {
  const dense: Dense = {
    format: "dense",
    rows: 2,
    cols: 4,
    values: Float32Array.of(0, 5, 0, 6, 7, 0, 0, 0),
  };
  const lists = (spec: FormatSpec): Record<string, number[]> =>
    Object.fromEntries(
      Object.entries(convert(dense, spec)).flatMap(([name, list]) =>
        ArrayBuffer.isView(list) ? [[name, [...list as Uint8Array]]] : []
      ),
    );
  assertEquals(lists({ format: "coo" }), {
    rowIndices: [0, 0, 1],
    colIndices: [1, 3, 0],
    values: [5, 6, 7],
  });
  assertEquals(lists({ format: "csr" }), {
    rowStarts: [0, 2, 3],
    columns: [1, 3, 0],
    values: [5, 6, 7],
  });
  assertEquals(lists({ format: "csc" }), {
    colStarts: [0, 1, 2, 2, 3],
    rowIndices: [1, 0, 0],
    values: [7, 5, 6],
  });
  assertEquals(lists({ format: "bsr", blockRows: 2, blockCols: 2 }), {
    rowStarts: [0, 2],
    columns: [0, 1],
    values: [0, 5, 7, 0, 0, 6, 0, 0],
  });
  assertEquals(lists({ format: "ell" }), { columns: [1, 3, 0, 0], values: [5, 6, 7, 0] });
  assertEquals(lists({ format: "bitmap" }), { bits: [0b00011010], values: [5, 6, 7] });
  // Places 1 3 and 0 0, two bits each.
  assertEquals(lists({ format: "n_of_m", n: 2, m: 4 }), { values: [5, 6, 7, 0], places: [0b1101] });
});

Deno.test("csrOfCoo() sorts entries, drops zeros and refuses what is no matrix", () => {
  const entries = (rows: number[], cols: number[], values: number[]) => ({
    ...{ format: "coo", rows: 3, cols: 3 } as const,
    rowIndices: Uint8Array.from(rows),
    colIndices: Uint8Array.from(cols),
    values: Float32Array.from(values),
  });
  const csr = csrOfCoo(entries([2, 0, 0, 1], [1, 2, 0, 1], [4, 3, 2, -0]));
  assertEquals([...csr.rowStarts], [0, 2, 2, 3]);
  assertEquals([[...csr.columns], [...csr.values]], [[0, 2, 1], [2, 3, 4]]);
  const refusals = [
    [entries([0], [3], [1]), "entry 0 is at (0, 3), expected below (3, 3)"],
    [entries([0, 0], [1, 1], [1, 2]), "(0, 1) is listed twice, expected once"],
    [entries([0, 0], [1], [1, 2]), "2 rows, 1 columns and 2 values, expected as many of each"],
  ] as const;
  for (const [coo, message] of refusals) assertThrows(() => csrOfCoo(coo), RangeError, message);
});

Deno.test("convert() names what does not fit a format", () => {
  const dense: Dense = { format: "dense", rows: 6, cols: 8, values: new Float32Array(48).fill(1) };
  const refusals: readonly (readonly [FormatSpec, string])[] = [
    [{ format: "bsr", blockRows: 4, blockCols: 1 }, "into 4x1 blocks: 6 rows do not divide by 4"],
    [{ format: "n_of_m", n: 2, m: 4 }, "group (row 0, columns 0 to 3) has more non-zeros"],
    [{ format: "n_of_m", n: 2, m: 3 }, "8 columns do not divide by 3"],
    [{ format: "n_of_m", n: 2, m: 512 }, "expected 1 to 256 neighbours"],
  ];
  for (const [spec, message] of refusals) {
    assertThrows(() => convert(dense, spec), RangeError, message);
  }
  assertThrows(() => toCsr({ ...dense, rows: 7 }), RangeError, "48 values, expected 56");
});

Deno.test("storedBytes() counts values and indices by the width that the size needs", () => {
  const values = new Float32Array(512 * 1024);
  for (let i = 0; i < values.length; i += 4) values[i] = 1;
  const dense: Dense = { format: "dense", rows: 512, cols: 1024, values };
  const bytes = (spec: FormatSpec): number[] => {
    const { values, indices, total } = storedBytes(convert(dense, spec));
    assertEquals(total, values + indices);
    return [values, indices];
  };
  const nonZeros = 512 * 256;
  assertEquals(bytes({ format: "dense" }), [512 * 1024 * 4, 0]);
  // Columns of 16 bits; starts of 32, since there are 131072 non-zeros.
  assertEquals(bytes({ format: "csr" }), [4 * nonZeros, 2 * nonZeros + 4 * 513]);
  assertEquals(bytes({ format: "csc" }), [4 * nonZeros, 2 * nonZeros + 4 * 1025]);
  assertEquals(bytes({ format: "coo" }), [4 * nonZeros, 4 * nonZeros]);
  assertEquals(bytes({ format: "ell" }), [4 * nonZeros, 2 * nonZeros]);
  assertEquals(bytes({ format: "bitmap" }), [4 * nonZeros, 512 * 1024 / 8]);
  assertEquals(bytes({ format: "n_of_m", n: 1, m: 4 }), [4 * nonZeros, nonZeros / 4]);
  // Every 1x4 block holds one: four times the values, and a column of 8 bits a block.
  const blocks = bytes({ format: "bsr", blockRows: 1, blockCols: 4 });
  assertEquals(blocks, [16 * nonZeros, nonZeros + 4 * 513]);
});

Deno.test("convert() handles 4096x1024 well below a second", () => {
  const random = createRandom(1);
  const values = Float32Array.from({ length: 4096 * 1024 }, () => random.next());
  applyMask(values, drawMask(random, 4096, 1024, { kind: "block", rows: 4, cols: 1 }, 0.9));
  const dense: Dense = { format: "dense", rows: 4096, cols: 1024, values };
  const csr = toCsr(dense);
  const specs: readonly FormatSpec[] = [
    ...(["csc", "ell", "bitmap"] as const).map((format) => ({ format })),
    { format: "bsr", blockRows: 4, blockCols: 1 },
    { format: "n_of_m", n: fullestGroup(csr, 16), m: 16 },
  ];
  for (const spec of specs) {
    const started = performance.now();
    convert(csr, spec);
    const ms = performance.now() - started;
    // 5 to 40 ms on an idle machine.
    assert(ms < 800, `${spec.format}: ${ms} ms`);
  }
});
