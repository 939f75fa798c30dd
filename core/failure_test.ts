import { assertEquals, assertInstanceOf } from "@std/assert";
import { describeFailure, EnvironmentError, exitCodeOf, UsageError } from "./failure.ts";

Deno.test("describeFailure() puts the remedy on a second line", () => {
  const error = new EnvironmentError("Cannot read x: no such file", { remedy: "fetch sst2" });
  assertEquals(describeFailure(error), "Cannot read x: no such file\nTry: fetch sst2");
  assertEquals(describeFailure(new UsageError("Cannot run x")), "Cannot run x");
});

Deno.test("describeFailure() tells something for whatever was thrown", () => {
  assertEquals(describeFailure(new RangeError("Cannot index")), "Cannot index");
  assertEquals(describeFailure(new TypeError()), "TypeError");
  assertEquals(describeFailure("text"), "text");
  assertEquals(describeFailure(undefined), "undefined");
});

Deno.test("exitCodeOf() tells usage, environment and everything else apart", () => {
  assertEquals(exitCodeOf(new UsageError("")), 2);
  assertEquals(exitCodeOf(new EnvironmentError("")), 3);
  assertEquals(exitCodeOf(new Error("")), 1);
  assertEquals(exitCodeOf("thrown text"), 1);
});

Deno.test("EnvironmentError is an Error with its name and cause", () => {
  const cause = new Error("below");
  const error = new EnvironmentError("above", { cause });
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.cause, "remedy" in error && error.remedy], [
    "EnvironmentError",
    cause,
    undefined,
  ]);
});
