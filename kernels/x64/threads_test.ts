import { assertEquals, assertThrows } from "@std/assert";
import { type Libc, openLibc } from "./libc.ts";
import { mapArena } from "./memory.ts";
import { probeHost } from "./support.ts";
import { RECORD_BYTES } from "./synchronization.ts";
import { startThreads } from "./threads.ts";

const ignore = typeof probeHost() === "string";

/** Counts threads that run, and refuses to start more than `most`. */
function counted(libc: Libc, most: number): { libc: Libc; running: () => number } {
  let running = 0;
  return {
    running: () => running,
    libc: {
      ...libc,
      startThread: (code, argument) => {
        if (running === most) throw new RangeError("no more threads");
        running++;
        return libc.startThread(code, argument);
      },
      joinThread: (thread) => {
        libc.joinThread(thread);
        running--;
      },
    },
  };
}

Deno.test({
  name: "disposing ends every thread, also those that never ran",
  ignore,
  fn: () => {
    using libc = openLibc();
    using arena = mapArena(libc, 4096);
    const words = new BigUint64Array(arena.buffer, 0, 3 * RECORD_BYTES / 8);
    const watched = counted(libc, 3);
    const pool = startThreads(watched.libc, arena.address, words);
    assertEquals(pool.records, [0, 1, 2].map((i) => arena.address + RECORD_BYTES * i));
    assertEquals(watched.running(), 3);
    pool[Symbol.dispose]();
    assertEquals(watched.running(), 0);
  },
});

Deno.test({
  name: "startThreads() ends those it has started if the next one is refused",
  ignore,
  fn: () => {
    using libc = openLibc();
    using arena = mapArena(libc, 4096);
    const words = new BigUint64Array(arena.buffer, 0, 3 * RECORD_BYTES / 8);
    const watched = counted(libc, 2);
    assertThrows(
      () => startThreads(watched.libc, arena.address, words),
      RangeError,
      "no more threads",
    );
    assertEquals(watched.running(), 0);
  },
});
