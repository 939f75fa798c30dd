/**
 * Command `kernels`: the list of kernels, and the code of one.
 *
 * @module
 */
import { didYouMean, UsageError } from "../core/mod.ts";
import {
  formatListing,
  formatLoops,
  innermostLoops,
  type Kernel,
  kernelsOf,
  type Listing,
  listKernel,
  type Target,
  TARGETS,
} from "../kernels/mod.ts";
import type { Command, Input } from "./command.ts";
import type { Terminal } from "./terminal.ts";

/** Lists kernels, or shows the code of one. */
export const kernels: Command = {
  name: "kernels",
  summary: "Lists the kernels by id, or shows the code that one becomes and what its loops do.",
  operands: ["show or list"],
  optional: ["id"],
  options: [
    { name: "target", value: "NAME", summary: "list only kernels for it", choices: TARGETS },
    { name: "loops", summary: "show only the table of innermost loops" },
    { name: "json", summary: "print the list, or the code as a tree of loops, as JSON" },
  ],
  notes: [
    "Any machine shows the code for any target; nothing is run.",
    "example: deno task kernels show spmm_f32_4x1_avx512_64",
  ],
  run: (input, terminal) => Promise.resolve(runKernels(input, terminal)),
};

function runKernels(input: Input, terminal: Terminal): number {
  const [action = "", id] = input.operands;
  if (action === "list" && id === undefined) {
    const ids = allKernels(input).map(({ kernel }) => kernel.id);
    terminal.print(input.has("json") ? JSON.stringify(ids, null, 2) : ids.join("\n"));
    return 0;
  }
  if (action === "show" && id !== undefined) {
    const { kernel, target } = findKernel(id, allKernels(input));
    const listing = listKernel(kernel, target);
    if (input.has("json")) terminal.print(jsonOf(listing, input.has("loops")));
    else terminal.print(input.has("loops") ? formatLoops(listing) : formatListing(listing));
    return 0;
  }
  const found = id === undefined ? `"${action}"` : `"${action} ${id}"`;
  throw new UsageError(`Cannot kernels: ${found}, expected show <id> or list`, {
    remedy: "deno task kernels --help",
  });
}

/** The listing, or its innermost loops with their numbers only; machine code in hexadecimal. */
function jsonOf(listing: Listing, onlyLoops: boolean): string {
  const loops = innermostLoops(listing.body).map((
    { loop: { number, offset, turns }, ...rest },
  ) => ({
    number,
    offset,
    turns,
    ...rest,
  }));
  const hex = (bytes: Uint8Array): string =>
    Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return JSON.stringify(
    onlyLoops ? loops : listing,
    (_, value) => value instanceof Uint8Array ? hex(value) : value,
    2,
  );
}

interface Emitted {
  readonly kernel: Kernel;
  readonly target: Target;
}

function allKernels(input: Input): Emitted[] {
  const wanted = input.text("target");
  return TARGETS.filter((target) => wanted === null || target === wanted)
    .flatMap((target) => kernelsOf(target).map((kernel) => ({ kernel, target })));
}

/**
 * The kernel of that id.
 *
 * @throws {UsageError} If there is none; names those that it may have been meant to be.
 */
export function findKernel(id: string, all: readonly Emitted[]): Emitted {
  const found = all.find(({ kernel }) => kernel.id === id);
  if (found !== undefined) return found;
  const near = nearIds(id, all.map(({ kernel }) => kernel.id));
  const wanted = near.length > 0 ? near.join(" or ") : "one of the list";
  throw new UsageError(`Cannot show kernel "${id}": no such id, expected ${wanted}`, {
    remedy: `deno task kernels ${near.length > 0 ? `show ${near[0]}` : "list"}`,
  });
}

const MOST_SUGGESTIONS = 4;

/** Ids that have all the words asked for, in any order; else the one spelled most alike. */
function nearIds(id: string, ids: readonly string[]): string[] {
  const words = id.toLowerCase().split(/[_\s-]+/).filter((word) => word !== "");
  const complete = ids.filter((one) => {
    const parts = one.split("_");
    return words.length > 0 && words.every((word) => parts.includes(word));
  });
  // the shortest have the fewest words that were not asked for
  const shortest = complete.toSorted((a, b) => a.length - b.length).slice(0, MOST_SUGGESTIONS);
  const alike = didYouMean(id, ids);
  return shortest.length > 0 ? shortest : alike === null ? [] : [alike];
}
