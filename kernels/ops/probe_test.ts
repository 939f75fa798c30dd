import { assert, assertEquals } from "@std/assert";
import { testEach } from "../machine_trial.ts";
import { kernelSupport, openBackend } from "../open.ts";
import {
  dotProbe,
  dotProbeOps,
  fmaProbe,
  fmaProbeFlops,
  READ_CHUNK_BYTES,
  readProbe,
} from "./probe.ts";
import { LANES } from "./tile.ts";

const ARENA_BYTES = 1 << 16;

testEach("fma_probe does the work that it is credited with", (target) => {
  using backend = openBackend({ target, arenaBytes: ARENA_BYTES });
  const kernel = fmaProbe(target);
  const result = backend.allocate(64);
  using program = backend.build([[{
    do: "call",
    kernel,
    args: kernel.args({ result, times: 7 }),
  }]]);
  program.run();
  const lanes = backend.float32(result, LANES[target]);
  // Each lane counts its multiply-adds: two operations each.
  const flops = 2 * lanes.reduce((sum, lane) => sum + lane, 0);
  assertEquals(flops, fmaProbeFlops(target, 7));
  assert(lanes.every((lane) => lane === lanes[0]));
});

testEach("read_probe reads every value once a pass", (target) => {
  using backend = openBackend({ target, arenaBytes: ARENA_BYTES });
  const kernel = readProbe(target);
  const chunks = 3;
  const length = chunks * READ_CHUNK_BYTES / 4;
  const from = backend.allocate(4 * length);
  const values = backend.float32(from, length);
  for (let i = 0; i < length; i++) values[i] = i % 101;
  const result = backend.allocate(64);
  const args = kernel.args({ from, chunks, passes: 2, result });
  using program = backend.build([[{ do: "call", kernel, args }]]);
  program.run();
  const found = backend.float32(result, LANES[target]).reduce((sum, lane) => sum + lane, 0);
  assertEquals(found, 2 * values.reduce((sum, value) => sum + value, 0));
});

testEach("dot_probe does the work that it is credited with", (target) => {
  if (kernelSupport().bytes[target] !== undefined) return;
  using backend = openBackend({ target, arenaBytes: ARENA_BYTES });
  const kernel = dotProbe(target);
  const result = backend.allocate(64);
  using program = backend.build([[{
    do: "call",
    kernel,
    args: kernel.args({ result, times: 7 }),
  }]]);
  program.run();
  const lanes = backend.uint32(result, LANES[target]);
  const ops = 2 * lanes.reduce((sum, lane) => sum + lane, 0);
  assertEquals(ops, dotProbeOps(target, 7));
});
