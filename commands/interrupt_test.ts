import { assertEquals, assertGreater } from "@std/assert";
import { INTERRUPTED } from "./interrupt.ts";

/** A program that waits for Ctrl-C and tells the reason, then hangs. */
function program(hasParent: boolean): string {
  const module = new URL("./interrupt.ts", import.meta.url).href;
  return `
    import { onInterrupt } from ${JSON.stringify(module)};
    const signal = onInterrupt(${hasParent});
    signal.addEventListener("abort", () => console.log(signal.reason.name));
    console.log("ready");
    setTimeout(() => Deno.exit(0), 2500);
  `;
}

/** Starts it, sends signals at these times after it is ready, and gives what it said and its exit code. */
async function interrupt(
  hasParent: boolean,
  signals: readonly (readonly [afterMs: number, signal: Deno.Signal])[],
): Promise<{ readonly said: readonly string[]; readonly code: number; readonly ms: number }> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, program(hasParent));
    const process = new Deno.Command("deno", {
      args: ["run", "--quiet", "--no-check", "--allow-read", path],
      ...{ stdout: "piped", stderr: "inherit" },
    }).spawn();
    const said: string[] = [];
    let started = 0;
    const timers: ReturnType<typeof setTimeout>[] = [];
    for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
      said.push(...text.trim().split("\n"));
      if (started > 0) continue;
      started = performance.now();
      for (const [ms, signal] of signals) timers.push(setTimeout(() => process.kill(signal), ms));
    }
    const { code } = await process.status;
    timers.forEach(clearTimeout);
    return { said, code, ms: performance.now() - started };
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("onInterrupt() aborts once for Ctrl-C and its echo, and leaves time to save", async () => {
  const { said, code, ms } = await interrupt(false, [[0, "SIGINT"], [300, "SIGINT"]]);
  assertEquals([said, code], [["ready", "Interruption"], 0]);
  assertGreater(ms, 2000);
});

Deno.test("onInterrupt() ends the process at the second Ctrl-C", async () => {
  const { said, code } = await interrupt(false, [[0, "SIGTERM"], [1300, "SIGINT"]]);
  assertEquals([said, code], [["ready", "Interruption"], INTERRUPTED]);
});

Deno.test("onInterrupt() leaves it to a parent to end the process", async () => {
  const { said, code } = await interrupt(true, [[0, "SIGINT"], [1300, "SIGINT"]]);
  assertEquals([said, code], [["ready", "Interruption"], 0]);
});
