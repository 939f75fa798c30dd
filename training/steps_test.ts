import { assertEquals, assertThrows } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import { courseOf } from "./steps.ts";

const EXAMPLES = { name: "digits", count: 10 };

Deno.test("courseOf() counts whole batches and places steps in their epochs", () => {
  const course = courseOf(EXAMPLES, { epochs: 2, batch: 3 });
  assertEquals([course.steps, course.perEpoch, course.firstEpochSteps], [6, 3, undefined]);
  assertEquals(course.placeOf(4), { epoch: 1, place: 1, of: 3, size: 3 });
  assertEquals([0, 3, 4].map((step) => course.epochsDone(step)), [0, 1, 4 / 3]);
});

Deno.test("courseOf() gives a first epoch of smaller batches more steps", () => {
  const course = courseOf(EXAMPLES, { epochs: 3, batch: 5, firstEpochBatch: 2 });
  assertEquals([course.steps, course.firstEpochSteps], [9, 5]);
  assertEquals(course.placeOf(4), { epoch: 0, place: 4, of: 5, size: 2 });
  assertEquals(course.placeOf(5), { epoch: 1, place: 0, of: 2, size: 5 });
  assertEquals(course.epochsDone(6), 1.5);
});

Deno.test("courseOf() refuses batches larger than the data", () => {
  assertThrows(
    () => courseOf(EXAMPLES, { epochs: 1, batch: 11 }),
    EnvironmentError,
    "Cannot train on digits: 10 training examples, expected a batch of 11 at least",
  );
});
