/**
 * Random layers on every family and target against float64, for a few seconds.
 *
 * The seed is another one every day and is printed on failure; `SKIPZERO_FUZZ_SEED` sets it, `SKIPZERO_FUZZ_SECONDS` the
 * time.
 */
import { assert } from "@std/assert";
import { createRandom, type Random } from "../core/mod.ts";
import { randomActivations, randomTask } from "./conformance/random_task.ts";
import { FAMILIES, type LayerFamily, type LayerTask } from "./layers/mod.ts";
import { dotBits, type Target } from "./machine.ts";
import { kernelSupport, openBackend } from "./open.ts";
import {
  guardBackend,
  inputLength,
  outputLanes,
  outputPlace,
  outputRows,
  referenceLayer,
} from "./reference/mod.ts";

const SEED = Deno.env.get("SKIPZERO_FUZZ_SEED") ?? new Date().toISOString().slice(0, 10);
const SECONDS = Number(Deno.env.get("SKIPZERO_FUZZ_SECONDS") ?? 1);
const ARENA_BYTES = 1 << 23;

/** Error allowed, as a fraction of the magnitudes that were added up. */
const TOLERANCE = 1e-5;

for (const target of kernelSupport().targets) {
  for (const family of FAMILIES) {
    Deno.test(`${family.id} on ${target} computes random layers (seed ${SEED})`, async () => {
      const end = performance.now() + 1000 * SECONDS / FAMILIES.length;
      for (let round = 0; round === 0 || performance.now() < end; round++) {
        const seed = `${SEED} ${family.id} ${target} ${round}`;
        await tryRandom(family, target, createRandom(seed));
      }
    });
  }
}

async function tryRandom(family: LayerFamily, target: Target, random: Random): Promise<void> {
  const pattern = family.patterns[random.integer(family.patterns.length)]!;
  const task = randomTask(random, family.op, pattern);
  if (family.refuses(task, target) !== null) return;
  const threads = 1 + random.integer(2);
  const x = randomActivations(random, task.op, inputLength(task));
  const { weights: _, bias: __, ...sizes } = task;
  const what = `seed ${SEED}: ${family.id} on ${target}, ${threads} threads, ${
    JSON.stringify({ ...sizes, pattern })
  }`;
  try {
    await prove(family, task, x, target, threads);
  } catch (cause) {
    throw new Error(`Cannot trust ${what}`, { cause });
  }
}

async function prove(
  family: LayerFamily,
  task: LayerTask,
  x: Float32Array | Uint8Array,
  target: Target,
  threads: number,
): Promise<void> {
  using backend = guardBackend(openBackend({ target, threads, arenaBytes: ARENA_BYTES }));
  const layer = family.prepare(backend, task, { threads });
  if (task.pattern.kind === "dense" && !family.skipsActivations) {
    const { executedMacs, denseMacs } = layer.work;
    assert(executedMacs >= denseMacs, `a dense kernel skips ${denseMacs - executedMacs} products`);
  }
  using program = backend.build(layer.steps);
  layer.writeInput(x);
  await program.run();
  const found = layer.readOutput();
  const lanes = Array.from({ length: outputLanes(task) }, (_, lane) => lane);
  const rows = outputRows(task);
  const expected = referenceLayer(task, x, lanes);
  const magnitude = referenceLayer(task, x, lanes, true);
  const exact = task.op === "quantized_linear";
  const largest = exact && task.requantize ? 2 ** dotBits(target) - 1 : Infinity;
  for (const lane of lanes) {
    for (let row = 0; row < rows; row++) {
      const at = lane * rows + row;
      const actual = found[outputPlace(task, lane, row)]!;
      const wanted = Math.min(expected[at]!, largest);
      const off = Math.abs(actual - wanted);
      assert(
        off <= (exact ? 0 : TOLERANCE * magnitude[at]!),
        `row ${row} of lane ${lane} is ${actual}, expected ${wanted}`,
      );
    }
  }
  backend.check();
}
