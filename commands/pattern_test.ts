import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { formatPattern, parsePattern, PATTERN_FORMS, UsageError } from "../core/mod.ts";
import { readInput } from "./command.ts";
import { fakeTerminal } from "./fake_terminal.ts";
import { listLines, pattern } from "./pattern.ts";

/** What the command prints, joined by line feeds. */
async function printed(...args: string[]): Promise<string> {
  const { terminal, written } = fakeTerminal();
  assertEquals(await pattern.run(readInput(pattern, args), terminal), 0);
  return written.out.join("\n");
}

/** Message and remedy of the usage error. */
async function refusal(...args: string[]): Promise<string[]> {
  const error = await assertRejects(() => printed(...args), UsageError);
  return [error.message, error.remedy ?? ""];
}

Deno.test("pattern show tells the facts of the document's figure", async () => {
  const text = await printed("show", "4x1", "--rows", "16", "--cols", "32");
  const facts = [
    "size             16 rows (OC, Y) x 32 columns (IC, X)",
    "non-zeros        128 of 512",
    "sparsity         75.0 %",
    "unit             4 rows (OC) by 1 column (IC); 32 of 128 kept",
    "prunes together  a block falls as a whole: 4 weights",
    "proof            every unit was checked and obeys",
  ];
  for (const fact of facts) assertStringIncludes(text.replaceAll("\u00a0", " "), fact);
});

Deno.test("pattern show draws every pattern of the list, proved", async () => {
  for (const { example, known } of PATTERN_FORMS) {
    const text = await printed("show", example);
    assertStringIncludes(text, formatPattern(parsePattern(example)));
    assertStringIncludes(text, "every unit was checked and obeys");
    if (/^(Block|Part|Compl)/.test(known)) assertStringIncludes(text, `known as         ${known}`);
  }
});

Deno.test("pattern show tells which way the 4x16 of DLRM lies", async () => {
  const text = await printed("show", "dlrm-4x16");
  assertStringIncludes(text, "16 rows (OC) by 4 columns (IC)");
  assertStringIncludes(text, "4 input channels by 16 output channels");
});

Deno.test("pattern show draws another mask with another seed, and the same with the same", async () => {
  const of = (seed: string): Promise<string> => printed("show", "2:4", "--seed", seed);
  assertEquals(await of("1"), await of("1"));
  assert(await of("1") !== await of("2"));
});

Deno.test("pattern show writes the picture that it prints alone with --svg=-", async () => {
  const path = await Deno.makeTempFile({ suffix: ".svg" });
  try {
    const text = await printed("show", "complementary-4", "--svg", path);
    assertStringIncludes(text, `wrote ${path}`);
    const alone = await printed("show", "complementary-4", "--svg=-");
    assertEquals(await Deno.readTextFile(path), `${alone}\n`);
    assert(alone.startsWith("<svg ") && alone.endsWith("</svg>"));
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("pattern refuses what it cannot draw, and says what it could", async () => {
  const cases = [
    [["show", "4by1"], 'Cannot parse pattern "4by1"', "deno task pattern list"],
    [
      ["show", "4x1", "--rows", "15", "--cols", "32"],
      "Cannot draw 4x1 on 15x32 weights: 15 rows do not divide by 4",
      "deno task pattern show 4x1 --rows 16 --cols 32",
    ],
    [
      ["show", "2:4", "--sparsity", "0.75"],
      "Cannot draw 2:4: --sparsity is 0.75, expected 0.5, which is what 2:4 leaves zero",
      "deno task pattern show 2:4",
    ],
    [
      ["show", "4x1", "--sparsity", "90"],
      'Cannot pattern: --sparsity is "90", expected a fraction from 0 to 1',
      "deno task pattern --help",
    ],
    [
      ["show", "4x1", "--rows", "100000", "--cols", "100000"],
      "Cannot draw 4x1 on 100000x100000 weights: 10000000000 of them, expected at most 16777216",
      "",
    ],
    [
      ["show"],
      "Cannot pattern: no pattern, expected show <pattern> or list",
      "deno task pattern show",
    ],
    [["draw", "4x1"], 'Cannot pattern: "draw" "4x1", expected show <pattern> or list', "list"],
    [["list", "4x1"], 'Cannot pattern: "list" "4x1", expected show <pattern> or list', "list"],
  ] as const;
  for (const [args, message, remedy] of cases) {
    const [found, tried] = await refusal(...args);
    assertStringIncludes(found!, message);
    assertStringIncludes(tried!, remedy);
  }
});

Deno.test("pattern list has a line for every form", async () => {
  const text = await printed("list");
  assertEquals(text, listLines().join("\n"));
  for (const { form, meaning } of PATTERN_FORMS) {
    assert(
      listLines().some((line) => line.startsWith(`  ${form} `) && line.includes(meaning)),
      form,
    );
  }
});
