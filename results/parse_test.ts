import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import { type Document, migrate, MIGRATIONS, parseResult, readResult } from "./parse.ts";
import { type Result, RESULT_FORMAT } from "./result.ts";
import { sampleResult } from "./sample.ts";

/** What parseResult() says of a sample with one value set, by a path such as `comparisons.0.ratio.low`. */
function complaintAbout(path: string, value: unknown): string {
  const document = JSON.parse(JSON.stringify(sampleResult()));
  const keys = path.split(".");
  const parent = keys.slice(0, -1).reduce((object, key) => object[key], document);
  parent[keys.at(-1)!] = value;
  const text = JSON.stringify(document);
  return assertThrows(() => parseResult(text, "x.json"), SyntaxError).message;
}

Deno.test("parseResult() reads what is written, fields that it does not know included", () => {
  const result: Result = sampleResult({ more: { beside: [1] } });
  assertEquals(parseResult(JSON.stringify(result), "x.json"), result);
});

Deno.test("parseResult() reads results without training, claim or comparisons", () => {
  const bare = sampleResult({
    recipe: null,
    profile: null,
    verdict: null,
    accuracy: null,
    sparsity: null,
    training: null,
    comparisons: [],
    measurements: [],
  });
  assertEquals(parseResult(JSON.stringify(bare), "x.json"), bare);
});

Deno.test("parseResult() names wrong values by their JSON path", () => {
  const complaints = [
    ["comparisons.0.ratio.low", "a", '$.comparisons[0].ratio.low is "a", expected number'],
    [
      "comparisons.0.verdict",
      "fast",
      '$.comparisons[0].verdict is "fast", expected "faster", "slower", "inconclusive"',
    ],
    ["comparisons.0.ratio.mid", 1, "$.comparisons[0].ratio has mid, expected no such field"],
    ["sparsity.layers.0.sparsity", 90, "$.sparsity.layers[0].sparsity is 90, expected at most 1"],
    ["startedAt", "yesterday", '$.startedAt is "yesterday", expected datetime'],
    ["measurements", undefined, "$.measurements is missing, expected array"],
    ["measurements.0.threads", 0, "$.measurements[0].threads is 0, expected at least 1"],
    ["deviations.0", null, "$.deviations[0] is null, expected string"],
    ["provenance", [], "$.provenance is [], expected record"],
  ] as const;
  for (const [path, value, complaint] of complaints) {
    assertEquals(complaintAbout(path, value), `Cannot read result x.json: ${complaint}`);
  }
});

Deno.test("parseResult() names several problems, but not hundreds", () => {
  const message = complaintAbout("measurements.0.samplesNs", Array(100).fill("x".repeat(100)));
  assert(message.includes('samplesNs[0] is "xxx'));
  assert(message.endsWith("; and 95 more"), message);
  assert(message.length < 700, `${message.length}`);
});

Deno.test("parseResult() refuses what is no JSON object", () => {
  const of = (text: string) => () => parseResult(text, "x.json");
  assertThrows(of('{"format":'), SyntaxError, "Cannot read result x.json: Unexpected end");
  assertThrows(of(""), SyntaxError, "expected JSON");
  for (const text of ["[]", "null", "1"]) {
    assertThrows(of(text), SyntaxError, `$ is ${text}, expected an object`);
  }
});

Deno.test("parseResult() names unknown formats", () => {
  const newer = JSON.stringify({ ...sampleResult(), format: "skipzero.result/9" });
  const error = assertThrows(() => parseResult(newer, "x.json"), EnvironmentError);
  assertEquals(
    error.message,
    'Cannot read result x.json: format is "skipzero.result/9", expected skipzero.result/1',
  );
  assertEquals(error.remedy, "a newer version of skipzero");
  assert(
    complaintAbout("format", undefined).endsWith(`$.format is missing, expected ${RESULT_FORMAT}`),
  );
  assert(complaintAbout("format", 1).endsWith("$.format is 1, expected skipzero.result/1"));
});

const STEPS = {
  "x/1": (old: Document) => ({ ...old, format: "x/2", b: old.a }),
  "x/2": (old: Document) => ({ ...old, format: "x/3", c: old.b }),
};

Deno.test("migrate() goes from format to format and leaves the given document alone", () => {
  const old = { format: "x/1", a: 7 };
  assertEquals(migrate(old, "p", STEPS, "x/3"), { format: "x/3", a: 7, b: 7, c: 7 });
  assertEquals(old, { format: "x/1", a: 7 });
  assertEquals(migrate({ format: "x/2", b: 1 }, "p", STEPS, "x/3").c, 1);
});

Deno.test("migrate() ends if a migration does not", () => {
  const stuck = { "x/1": (old: Document) => old };
  assertThrows(() => migrate({ format: "x/1" }, "p", stuck, "x/2"), EnvironmentError, '"x/1"');
  assertThrows(() => migrate({ format: "toString" }, "p", STEPS, "x/3"), EnvironmentError);
});

Deno.test("MIGRATIONS leads every older format to today's", () => {
  for (const format of Object.keys(MIGRATIONS)) {
    const migrated = migrate({ ...sampleResult(), format }, "p", MIGRATIONS, RESULT_FORMAT);
    assertEquals(migrated.format, RESULT_FORMAT);
  }
});

Deno.test("readResult() names the file that is not there", async () => {
  const read = readResult("/nowhere/x.json");
  await assertRejects(
    () => read,
    EnvironmentError,
    "Cannot read /nowhere/x.json: there is no such",
  );
});
