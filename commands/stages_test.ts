import { assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { join } from "@std/path";
import type { Step } from "./progress.ts";
import { runChild, StageFailure } from "./stages.ts";

/** Runs a program as a stage and tells what came of it. */
async function run(
  program: string,
  options: { signal?: AbortSignal; flags?: readonly string[]; args?: readonly string[] } = {},
): Promise<{ steps: Step[]; notes: string[]; said: string[] }> {
  const directory = await Deno.makeTempDir();
  const told = { steps: [] as Step[], notes: [] as string[], said: [] as string[] };
  try {
    const entry = join(directory, "program.ts");
    await Deno.writeTextFile(entry, program);
    await runChild({
      command: "train",
      args: options.args ?? [],
      flags: options.flags ?? [],
      say: (text) => told.said.push(text),
      show: (step) => told.steps.push(step),
      finish: (stage, note) => told.notes.push(`${stage}: ${note}`),
      signal: options.signal ?? new AbortController().signal,
      entry,
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return told;
}

Deno.test("runChild() passes on progress, notes and lines for people", async () => {
  const step = { stage: "train", done: 1, total: 2, detail: "seed 1" };
  const told = await run(`
    console.error(JSON.stringify({ progress: ${JSON.stringify(step)} }));
    console.error(JSON.stringify({ progress: { said: "waiting" } }));
    console.error(JSON.stringify({ progress: { stage: "train", finished: "done" } }));
  `);
  assertEquals(told, { steps: [step], notes: ["train: done"], said: ["waiting"] });
});

Deno.test("runChild() gives the command, its arguments and the wish for events", async () => {
  await run(
    `
    const wanted = ["train", "a recipe", "--seeds", "2", "--events"];
    if (JSON.stringify(Deno.args) !== JSON.stringify(wanted)) Deno.exit(9);
  `,
    { args: ["a recipe", "--seeds", "2"] },
  );
});

Deno.test("runChild() fails with what the stage wrote and its exit code", async () => {
  const error = await assertRejects(
    () =>
      run(`
        console.error("Cannot read data: no such folder");
        console.error("Try: deno task fetch sst2");
        Deno.exit(3);
      `),
    StageFailure,
  );
  assertEquals(error.message, "Cannot read data: no such folder\nTry: deno task fetch sst2");
  assertEquals(error.code, 3);
});

Deno.test("runChild() names a stage that fails without a word", async () => {
  const error = await assertRejects(() => run("Deno.exit(7)"), StageFailure);
  assertEquals(error.message, "train ended with code 7");
});

Deno.test("runChild() says what ended a stage that could not say it itself", async () => {
  const kill = (signal: string): Promise<StageFailure> =>
    assertRejects(
      () =>
        run(`Deno.kill(Deno.pid, "${signal}"); setTimeout(() => {}, 60_000);`, {
          flags: ["--allow-run"],
        }),
      StageFailure,
    );
  const killed = await kill("SIGKILL");
  assertEquals(
    killed.message,
    "Cannot go on with train: its process was ended by SIGKILL, as the system does when memory runs " +
      "out\nTry: close other programs, then run the same command again",
  );
  assertEquals(killed.code, 137);
  assertEquals(
    (await kill("SIGTERM")).message,
    "Cannot go on with train: its process was ended by SIGTERM",
  );
});

Deno.test("runChild() gives a stage no permission but those named", async () => {
  const program = `
    const { state } = await Deno.permissions.query({ name: "net" });
    const { state: sys } = await Deno.permissions.query({ name: "sys" });
    if (state === "granted" || sys !== "granted") Deno.exit(1);
  `;
  await run(program, { flags: ["--allow-sys"] });
});

Deno.test("runChild() passes Ctrl-C on and lets the stage finish its work", async () => {
  const control = new AbortController();
  const reason = new Error("Interrupted");
  const saved = await Deno.makeTempFile();
  try {
    setTimeout(() => control.abort(reason), 700);
    const program = `
      Deno.addSignalListener("SIGINT", () => {
        Deno.writeTextFileSync(${JSON.stringify(saved)}, "checkpoint");
        Deno.exit(130);
      });
      setTimeout(() => {}, 60_000);
    `;
    const started = performance.now();
    const error = await assertRejects(() =>
      run(program, { signal: control.signal, flags: ["--allow-write"] })
    );
    assertEquals(error, reason);
    assertEquals(await Deno.readTextFile(saved), "checkpoint");
    assertLess(performance.now() - started, 20_000);
    assertGreater(performance.now() - started, 500);
  } finally {
    await Deno.remove(saved);
  }
});

Deno.test("runChild() starts nothing once Ctrl-C was pressed", async () => {
  const signal = AbortSignal.abort(new Error("Interrupted"));
  const error = await assertRejects(() => run("Deno.exit(0)", { signal }));
  assertEquals(error.message, "Interrupted");
});
