import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createProgress, duration, EVENT_PREFIX, type Progress, type Step } from "./progress.ts";

/** A display at a set time. */
function display(
  style: "bar" | "lines" | "events",
  width = 80,
): { progress: Progress; text: () => string; wait: (ms: number) => void } {
  let written = "";
  let time = 0;
  const progress = createProgress({
    style,
    write: (text) => written += text,
    now: () => time,
    width: () => width,
  });
  return { progress, text: () => written, wait: (ms) => time += ms };
}

const step = (done: number, detail = "seed 1"): Step => ({
  stage: "train",
  done,
  total: 100,
  detail,
});

Deno.test("createProgress() draws a bar with share and time left", () => {
  const { progress, text, wait } = display("bar");
  progress.show(step(0));
  wait(10_000);
  progress.show(step(25));
  const last = text().split("\r\x1b[2K").at(-1)!;
  assertStringIncludes(last, "█████░░░░░░░░░░░░░░░");
  assertStringIncludes(last, "25 %");
  assertStringIncludes(last, "30 s left");
});

Deno.test("createProgress() draws over the last bar and no more often than can be seen", () => {
  const { progress, text, wait } = display("bar");
  for (let done = 0; done < 50; done++) {
    progress.show(step(done));
    wait(10);
  }
  assert(text().split("\r\x1b[2K").length < 10);
  assert(!text().includes("\n"));
});

Deno.test("createProgress() cuts the bar to the terminal's width", () => {
  const { progress, text } = display("bar", 40);
  progress.show(step(0, "x".repeat(200)));
  assertEquals(text().replace("\r\x1b[2K", "").length, 39);
});

Deno.test("createProgress() clears the bar before a line that stays", () => {
  const { progress, text } = display("bar");
  progress.show(step(1));
  progress.finish("train", "3 seeds in 2 min");
  assert(text().endsWith("\r\x1b[2Ktrain     3 seeds in 2 min\n"));
});

Deno.test("createProgress() writes few plain lines where there is no terminal", () => {
  const { progress, text, wait } = display("lines");
  for (let second = 0; second < 60; second++) {
    progress.show(step(second));
    wait(1000);
  }
  progress.finish("train", "done");
  const lines = text().trimEnd().split("\n");
  assertEquals(lines.length, 4);
  assert(!text().includes("\x1b"));
  assertStringIncludes(lines[1]!, "20 %");
});

Deno.test("createProgress() writes each new stage at once", () => {
  const { progress, text } = display("lines");
  progress.show(step(1));
  progress.show({ ...step(1), stage: "bench" });
  assertEquals(text().split("\n").filter((line) => line !== "").length, 2);
});

Deno.test("createProgress() gives a parent process every step as an event", () => {
  const { progress, text } = display("events");
  progress.show(step(1));
  progress.show(step(2));
  progress.finish("train", "done");
  const events = text().trimEnd().split("\n");
  assertEquals(events.length, 3);
  assert(events.every((line) => line.startsWith(EVENT_PREFIX)));
  assertEquals(JSON.parse(events[1]!).progress, step(2));
  assertEquals(JSON.parse(events[2]!).progress, { stage: "train", finished: "done" });
});

Deno.test("createProgress() promises no time before there is a pace", () => {
  const { progress, text, wait } = display("bar");
  progress.show(step(40));
  wait(5000);
  progress.show(step(40));
  assert(!text().includes("left"));
});

Deno.test("duration() is short", () => {
  assertEquals(duration(400), "0 s");
  assertEquals(duration(59_000), "59 s");
  assertEquals(duration(120_000), "2 min");
  assertEquals(duration(3_700_000), "1 h 1 min");
});
