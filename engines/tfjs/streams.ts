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
import { TURN_FLOATS } from "./element_kernels.ts";
import type { Floats } from "./loops.ts";

/** Floats of a buffer: with five buffers 80 KiB, well inside the second cache and mostly in the first. */
const CHUNK = 4096;

/**
 * Runs a kernel over arrays of one length: `body` gets their addresses, and the number of turns from there.
 *
 * @param written Names of the arrays that the kernel writes.
 */
export type RunStreams = <Name extends string>(
  arrays: Readonly<Record<Name, Floats>>,
  written: readonly NoInfer<Name>[],
  body: (addresses: Readonly<Record<Name, number>>, turns: number) => void,
) => void;

/** Takes buffers for `count` arrays: no more of them can be run over at once. */
export function openStreams(backend: Backend, count: number): RunStreams {
  const buffers = Array.from({ length: count }, () => {
    const address = backend.allocate(CHUNK * 4);
    return { address, view: backend.float32(address, CHUNK) };
  });
  return (arrays, written, body) => {
    type Name = keyof typeof arrays;
    const names = Object.keys(arrays) as Name[]; // what Object.keys gives
    const { length } = arrays[names[0]!];
    const whole = length - length % TURN_FLOATS;
    const places = inPlace(backend, arrays);
    if (places !== null && whole > 0) body(places, whole / TURN_FLOATS);
    const addresses = {} as Record<Name, number>; // filled at once
    names.forEach((name, i) => addresses[name] = buffers[i]!.address);
    for (let start = places === null ? 0 : whole; start < length; start += CHUNK) {
      const end = Math.min(length, start + CHUNK);
      names.forEach((name, i) => buffers[i]!.view.set(arrays[name].subarray(start, end)));
      body(addresses, Math.ceil((end - start) / TURN_FLOATS));
      for (const name of written) {
        const { view } = buffers[names.indexOf(name)]!;
        arrays[name].set(view.subarray(0, end - start), start);
      }
    }
  };
}

/** Addresses of the arrays; `null` if the back end does not reach them. */
function inPlace<Name extends string>(
  backend: Backend,
  arrays: Readonly<Record<Name, Floats>>,
): Readonly<Record<Name, number>> | null {
  const places = {} as Record<Name, number>; // filled below
  for (const name in arrays) {
    const place = backend.addressOf(arrays[name]);
    if (place === null) return null;
    places[name] = place;
  }
  return places;
}
