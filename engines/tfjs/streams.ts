/**
 * Arrays that an element-wise kernel runs over.
 *
 * Where the back end reaches them they are read and written in place, but for the last elements that fill no turn. The rest, and
 * everything in WebAssembly, passes through buffers of {@linkcode CHUNK} floats in the arena, so that copying in and out stays in the
 * nearest caches.
 *
 * @module
 */
import type { Backend } from "../../kernels/mod.ts";
import { sharesOf } from "../ranges.ts";
import type { Run } from "./block_kernel.ts";
import { TURN_FLOATS } from "./element_kernels.ts";
import type { Floats } from "./loops.ts";

/** Floats of a buffer: with five buffers 80 KiB, well inside the second cache and mostly in the first. */
const CHUNK = 4096;

/** Turns below which a thread is not worth starting: some 5 µs. */
const LEAST_TURNS = 1024;

/** The arrays of one run by their kernels' names. */
type Arrays = Readonly<Record<string, Floats>>;

/** What a kernel is given besides arrays and turns; `thread` runs it from turn `first` on. */
type Constants = (thread: number, first: number) => Readonly<Record<string, number>>;

/**
 * Runs a kernel over arrays of one length. Threads share the turns.
 *
 * @param written Names of the arrays that the kernel writes.
 * @param run A kernel with a parameter for each array, and `turns`.
 * @param constants Its other parameters, if there are any.
 */
export type RunStreams = (
  arrays: Arrays,
  written: readonly string[],
  run: Pick<Run<string>, "together">,
  constants?: Constants,
) => void;

/** Takes buffers for `count` arrays: no more of them can be run over at once. */
export function openStreams(backend: Backend, count: number): RunStreams {
  const buffers = Array.from({ length: count }, () => {
    const address = backend.allocate(CHUNK * 4);
    return { address, view: backend.float32(address, CHUNK) };
  });
  return (arrays, written, run, constants = () => ({})) => {
    const names = Object.keys(arrays);
    const { length } = arrays[names[0]!]!;
    const whole = Math.floor(length / TURN_FLOATS);
    const places = inPlace(backend, arrays);
    if (places !== null && whole < 2 * LEAST_TURNS) {
      // Rows of tables come by the hundred: nothing is shared, and little is made.
      if (whole > 0) run.together([{ ...places, ...constants(0, 0), turns: whole }]);
      if (whole * TURN_FLOATS === length) return;
    } else if (places !== null) {
      run.together(
        sharesOf(whole, backend.threads, LEAST_TURNS).map(({ from, to }, thread) => ({
          ...moved(places, from),
          ...constants(thread, from),
          turns: to - from,
        })),
      );
    }
    const addresses = Object.fromEntries(names.map((name, i) => [name, buffers[i]!.address]));
    const done = places === null ? 0 : whole * TURN_FLOATS;
    for (let start = done; start < length; start += CHUNK) {
      const end = Math.min(length, start + CHUNK);
      names.forEach((name, i) => buffers[i]!.view.set(arrays[name]!.subarray(start, end)));
      const turns = Math.ceil((end - start) / TURN_FLOATS);
      run.together([{ ...addresses, ...constants(0, start / TURN_FLOATS), turns }]);
      for (const name of written) {
        const { view } = buffers[names.indexOf(name)]!;
        arrays[name]!.set(view.subarray(0, end - start), start);
      }
    }
  };
}

/** Addresses `turns` turns further on. */
function moved(
  places: Readonly<Record<string, number>>,
  turns: number,
): Readonly<Record<string, number>> {
  const bytes = turns * TURN_FLOATS * 4;
  return Object.fromEntries(Object.entries(places).map(([name, place]) => [name, place + bytes]));
}

/** Addresses of the arrays; `null` if the back end does not reach them. */
function inPlace(backend: Backend, arrays: Arrays): Readonly<Record<string, number>> | null {
  const places: Record<string, number> = {};
  for (const name in arrays) {
    const place = backend.addressOf(arrays[name]!);
    if (place === null) return null;
    places[name] = place;
  }
  return places;
}
