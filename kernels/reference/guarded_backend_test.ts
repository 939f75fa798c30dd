import { assertThrows } from "@std/assert";
import { openBackend } from "../open.ts";
import { guardBackend } from "./guarded_backend.ts";

Deno.test("guardBackend() finds a byte written past the end, and before the start", () => {
  for (const offset of [-1, 64]) {
    using backend = guardBackend(openBackend({ target: "wasm", arenaBytes: 1 << 12 }));
    const address = backend.allocate(60);
    backend.bytes(address, 60).fill(1);
    backend.check();
    // The neighbour's guard lies behind this allocation's own, so that the view is allowed.
    backend.allocate(64);
    backend.bytes(address - 64, 256)[64 + offset] = 1;
    assertThrows(() => backend.check(), RangeError, "from the start of 64 bytes");
  }
});
