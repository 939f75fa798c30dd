import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { EnvironmentError } from "../../core/mod.ts";
import type { Step } from "../backend.ts";
import type { Kernel } from "../machine.ts";
import { createWasmBackend } from "./backend.ts";

const BARRIER: Step = { do: "barrier" };
const BEYOND = 0xffff_fff0;

/** Adds 1 to a word. */
const COUNT: Kernel = {
  id: "count",
  slots: 1,
  emit(m): void {
    const [at, value] = [m.argument(0), m.scalar()];
    m.loadU32(value, { base: at });
    m.increase(value, 1);
    m.storeU32({ base: at }, value);
  },
};

function count(at: number): Step {
  return { do: "call", kernel: COUNT, args: [at] };
}

Deno.test("createWasmBackend() refuses other targets and bad numbers of threads", () => {
  assertThrows(
    () => createWasmBackend({ target: "avx2", arenaBytes: 64 }),
    RangeError,
    "target is avx2",
  );
  for (const threads of [0, 1.5]) {
    assertThrows(
      () => createWasmBackend({ target: "wasm", arenaBytes: 64, threads }),
      RangeError,
      "threads",
    );
  }
});

Deno.test("run() throws if the only thread leaves the memory", () => {
  using backend = createWasmBackend({ target: "wasm", arenaBytes: 1024 });
  using program = backend.build([[count(BEYOND)]]);
  assertThrows(() => void program.run(), WebAssembly.RuntimeError, "out of bounds");
});

Deno.test("run() rejects if a thread fails, frees the others, and can be repeated", async () => {
  using backend = createWasmBackend({ target: "wasm", arenaBytes: 4096, threads: 2 });
  const word = backend.allocate(64);
  const waiting = [count(word), BARRIER, count(word), BARRIER];
  const failing = [BARRIER, count(BEYOND), BARRIER];
  for (const [thread, threads] of [[failing, waiting], [waiting, failing]].entries()) {
    using program = backend.build(threads);
    for (let run = 0; run < 3; run++) {
      const error = await assertRejects(async () => await program.run(), Error, "Cannot finish");
      assertEquals(error.message.includes(`thread ${thread} failed`), true, error.message);
      assertEquals(error.message.includes("out of bounds"), true, error.message);
    }
  }
  backend.uint32(word, 1).fill(0);
  using sound = backend.build([waiting, [BARRIER, BARRIER]]);
  await sound.run();
  assertEquals(backend.uint32(word, 1)[0], 2);
});

Deno.test("run() rejects if the backend is disposed before the threads are ready", async () => {
  const backend = createWasmBackend({ target: "wasm", arenaBytes: 4096, threads: 2 });
  const program = backend.build([[BARRIER], [BARRIER]]);
  const run = program.run();
  backend[Symbol.dispose]();
  await assertRejects(async () => await run, Error, "disposed");
});

Deno.test({
  name: "run() says what is missing if workers cannot be started",
  permissions: { read: false },
  async fn(): Promise<void> {
    using backend = createWasmBackend({ target: "wasm", arenaBytes: 4096, threads: 2 });
    using program = backend.build([[BARRIER], [BARRIER]]);
    for (let run = 0; run < 2; run++) {
      const error = await assertRejects(async () => await program.run(), EnvironmentError);
      assertEquals(error.message.startsWith("Cannot run WebAssembly thread:"), true, error.message);
    }
  },
});

Deno.test("programs of fewer threads run on a backend of more", async () => {
  using backend = createWasmBackend({ target: "wasm", arenaBytes: 4096, threads: 3 });
  const word = backend.allocate(64);
  const waiting: Step[] = [BARRIER, BARRIER];
  for (const threads of [1, 2, 3]) {
    backend.uint32(word, 1).fill(0);
    const idle = Array.from({ length: threads - 1 }, () => waiting);
    using program = backend.build([[count(word), BARRIER, count(word), BARRIER], ...idle]);
    for (let run = 0; run < 3; run++) await program.run();
    assertEquals(backend.uint32(word, 1)[0], 6);
  }
});

Deno.test("threads start though a library has put another Worker into the global scope", async () => {
  const ours = globalThis.Worker;
  using backend = createWasmBackend({ target: "wasm", arenaBytes: 4096, threads: 2 });
  const word = backend.allocate(64);
  using program = backend.build([[count(word), BARRIER], [BARRIER]]);
  try {
    globalThis.Worker = class extends EventTarget {
      constructor() {
        super();
        throw new Error("not this one");
      }
    } as unknown as typeof Worker; // only its constructor is ever reached
    await program.run();
  } finally {
    globalThis.Worker = ours;
  }
  assertEquals(backend.uint32(word, 1)[0], 1);
});
