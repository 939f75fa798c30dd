import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../core/mod.ts";
import { type Command, describeCommand, readInput } from "./command.ts";

const command: Command = {
  name: "bench",
  summary: "Runs a suite.",
  operands: ["suite"],
  options: [
    { name: "threads", value: "N", count: true, summary: "threads" },
    { name: "profile", value: "NAME", choices: ["quick", "published"], summary: "which data" },
    { name: "data", value: "DIR", summary: "where the data is" },
    { name: "json", summary: "print JSON" },
    { name: "stage", summary: "not for people", hidden: true },
  ],
  run: () => Promise.resolve(0),
};

/** The message and remedy of the usage error that the arguments cause. */
function refusal(...args: string[]): string {
  const error = assertThrows(() => readInput(command, args), UsageError);
  assertEquals(error.remedy, "deno task bench --help");
  return error.message;
}

Deno.test("readInput() reads operands, switches and values in any order", () => {
  for (
    const args of [
      ["models", "--json", "--threads", "2"],
      ["--threads=2", "--json", "models"],
      ["--json", "models", "--threads", "2"],
    ]
  ) {
    const input = readInput(command, args);
    assertEquals(input.operands, ["models"]);
    assert(input.has("json"));
    assertEquals(input.count("threads"), 2);
    assertEquals(input.text("data"), null);
  }
});

Deno.test("readInput() keeps operands that look like numbers", () => {
  assertEquals(readInput(command, ["007"]).operands, ["007"]);
});

Deno.test("readInput() refuses an unknown option and names the nearest", () => {
  assertEquals(
    refusal("models", "--thread", "2"),
    "Cannot bench: unknown option --thread, expected --threads",
  );
  assertStringIncludes(refusal("models", "--zzzzzzzz"), "expected one of --threads, --profile");
  assertStringIncludes(refusal("models", "-x"), "unknown option -x");
  assertStringIncludes(refusal("models", "--jsno=1"), "unknown option --jsno, expected --json");
});

Deno.test("readInput() does not advertise hidden options", () => {
  assert(!refusal("models", "--zzzzzzzz").includes("--stage"));
  assert(!describeCommand(command).includes("--stage"));
});

Deno.test("readInput() refuses an option without its value", () => {
  assertEquals(refusal("models", "--data"), "Cannot bench: --data has no value, expected DIR");
  assertStringIncludes(refusal("models", "--data="), "--data has no value");
});

Deno.test("readInput() refuses what is no count", () => {
  for (const value of ["0", "-1", "2.5", "two", "1e3", "99999999"]) {
    assertStringIncludes(refusal("models", `--threads=${value}`), "expected a whole number from 1");
  }
});

Deno.test("readInput() refuses a value that is no choice", () => {
  assertEquals(
    refusal("models", "--profile", "fast"),
    'Cannot bench: --profile is "fast", expected quick or published',
  );
});

Deno.test("readInput() refuses an option that is given twice", () => {
  assertStringIncludes(refusal("models", "--threads", "1", "--threads", "2"), "is given twice");
});

Deno.test("readInput() refuses missing and surplus operands", () => {
  assertEquals(refusal(), "Cannot bench: no argument, expected <suite>");
  assertEquals(refusal("a", "b"), 'Cannot bench: "a" "b", expected <suite>');
});

Deno.test("readInput() takes operands that may be left out", () => {
  const show: Command = { ...command, operands: ["verb"], optional: ["name"] };
  assertEquals(readInput(show, ["list"]).operands, ["list"]);
  assertEquals(readInput(show, ["show", "4x1"]).operands, ["show", "4x1"]);
  for (const args of [[], ["show", "4x1", "2:4"]]) {
    assertThrows(() => readInput(show, args), UsageError, "expected <verb> [name]");
  }
  assertStringIncludes(describeCommand(show), "usage: deno task bench <verb> [name] [options]");
});

Deno.test("describeCommand() shows usage, options with their choices, and notes", () => {
  const text = describeCommand({ ...command, notes: ["suites: models"] });
  assertStringIncludes(text, "usage: deno task bench <suite> [options]");
  assertStringIncludes(text, "  --threads N                threads");
  assertStringIncludes(text, "  --profile quick|published  which data");
  assertStringIncludes(text, "  --help                     this text");
  assert(text.endsWith("suites: models"));
});
