/**
 * The WebAssembly back end: an arena and programs over it.
 *
 * The first runs of a program are slow: V8 starts with a baseline compiler and compiles a function again, optimised, after
 * it has been busy for a while. Whoever measures runs the program some tens of times first.
 *
 * @module
 */
import type { Backend, BackendOptions, Program, Step } from "../backend.ts";
import { createArena, type WasmArena } from "./arena.ts";
import { importsOf } from "./control.ts";
import { createCrew, type Crew, type CrewProgram } from "./crew.ts";
import type { WasmTarget } from "./machine.ts";
import { emitProgram, type ProgramOptions, threadExport } from "./program.ts";
import { relaxedDotIsExact, relaxedRoundsOnce, wasmSupport } from "./support.ts";

/** What the programs of one backend share. */
interface Site {
  readonly arena: WasmArena;
  readonly crew: Crew;
  readonly emission: ProgramOptions;
  readonly threads: number;
  /** Programs built so far. */
  built: number;
  /** Whether a program runs: barriers and control words serve one at a time. */
  running: boolean;
  disposed: boolean;
}

/**
 * Opens a WebAssembly back end. With several threads its memory is shared, and workers are started for the first program
 * that has several.
 *
 * @throws {RangeError} If the target is not WebAssembly's or not supported here, or the arena is too large.
 */
export function createWasmBackend(options: BackendOptions): Backend {
  const site = openSite(options);
  const { arena } = site;
  const view = <T>(
    type: new (buffer: ArrayBufferLike, address: number, length: number) => T,
    address: number,
    length: number,
    itemBytes: number,
  ): T => new type(arena.view(address, length * itemBytes), address, length);
  return {
    target: options.target,
    threads: site.threads,
    get usedBytes(): number {
      return arena.usedBytes;
    },
    allocate: arena.take,
    float32: (address, length) => view(Float32Array, address, length, 4),
    uint32: (address, length) => view(Uint32Array, address, length, 4),
    bytes: (address, length) => view(Uint8Array, address, length, 1),
    addressOf: () => null,
    build: (threads) => buildProgram(site, threads),
    [Symbol.dispose](): void {
      if (site.disposed) return;
      site.disposed = true;
      site.crew[Symbol.dispose]();
    },
  };
}

function openSite(options: BackendOptions): Site {
  const { target, arenaBytes, threads = 1 } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`Cannot open ${target}: ${threads} threads, expected at least 1`);
  }
  const relaxed = checkTarget(target) === "wasm_relaxed";
  const machine = {
    target: checkTarget(target),
    fused: relaxed && relaxedRoundsOnce(),
    exactDot: relaxed && relaxedDotIsExact(),
  };
  const arena = createArena(arenaBytes, threads > 1);
  return {
    arena,
    crew: createCrew(arena.memory, threads),
    emission: {
      machine,
      memory: arena.declaration,
      placeArguments: (blocks) => placeArguments(arena, blocks),
    },
    threads,
    built: 0,
    running: false,
    disposed: false,
  };
}

function checkTarget(target: BackendOptions["target"]): WasmTarget {
  const { targets, missing } = wasmSupport();
  if ((target === "wasm" || target === "wasm_relaxed") && targets.includes(target)) return target;
  throw new RangeError(
    `Cannot open WebAssembly: ${missing[target] ?? `target is ${target}`}, expected one of ${
      targets.join(", ") || "none"
    }`,
  );
}

/** Eight bytes a slot, the low word first; arguments are below 2^32, so that the high word stays 0. */
function placeArguments(arena: WasmArena, blocks: readonly (readonly number[])[]): number[] {
  const sizeBytes = 8 * blocks.reduce((sum, block) => sum + block.length, 0);
  const start = arena.take(sizeBytes);
  const words = new Uint32Array(arena.view(start, sizeBytes), start, sizeBytes / 4);
  let slot = 0;
  return blocks.map((block) => {
    const address = start + 8 * slot;
    for (const value of block) words[2 * slot++] = value;
    return address;
  });
}

function buildProgram(site: Site, threads: readonly (readonly Step[])[]): Program {
  if (site.disposed) throw new Error("Cannot build program: its backend is disposed");
  if (threads.length > site.threads) {
    throw new RangeError(
      `Cannot build program: ${threads.length} threads, expected at most ${site.threads}`,
    );
  }
  const bytes = emitProgram(threads, site.emission);
  const module = new WebAssembly.Module(bytes);
  const instance = new WebAssembly.Instance(module, { env: importsOf(site.arena.memory) });
  // Exported functions take and return numbers; this one takes and returns nothing.
  const entry = instance.exports[threadExport(0)] as () => void;
  const program: CrewProgram = { number: site.built++, module, entry };
  let loaded = false;
  let disposed = false;

  async function runTogether(): Promise<void> {
    try {
      if (!loaded) await site.crew.load(program);
      loaded = true;
      await site.crew.run(program);
    } finally {
      site.running = false;
    }
  }

  return {
    codeBytes: bytes.length,
    run(): Promise<void> | void {
      if (disposed || site.disposed) throw new Error("Cannot run program: it is disposed");
      if (site.running) {
        throw new Error(
          "Cannot run program: another run has not ended, expected its promise to be awaited",
        );
      }
      if (threads.length === 1) return entry();
      site.running = true;
      return runTogether();
    },
    [Symbol.dispose](): void {
      if (!disposed && loaded) site.crew.forget(program.number);
      disposed = true;
    },
  };
}
