/**
 * Broadcasts of neighbouring floats that share one load.
 *
 * V8 checks the bounds of every access in two or three instructions, so that four broadcasts from memory cost some 18
 * instructions, and one load of four floats with four shuffles 8. The loop of a 4x2 tile of accumulators goes from 32 to
 * 43 GFLOP/s on a Xeon at 3.2 GHz, whose peak for 4 lanes is 51.
 *
 * The second broadcast tells that the first should have loaded two floats, the fourth that it should have loaded four;
 * so the code of the first is written again then. Never are more bytes read than were asked for. What is shared ends
 * where the address or the memory may change: at stores, loops, and assignments to the terms of the address.
 *
 * @module
 */
import type { Code, Slot } from "./code.ts";

/** The place of a float: the sum of some locals, and constant bytes. */
export interface Place {
  /** Locals that are added. */
  readonly terms: readonly number[];
  /** Constant bytes. */
  readonly offset: number;
}

/** The broadcasts of one function. */
export interface Spreads {
  /** Writes a broadcast of the float at `from` to the local `to`. */
  spread(to: number, from: Place): void;
  /** Tells that a local gets a new value. */
  changed(local: number): void;
  /** Tells that memory may change, or that the code before may not have run. */
  end(): void;
}

/** A broadcast that has been written. */
interface Member {
  readonly slot: Slot;
  readonly to: number;
  readonly from: Place;
}

const FLOAT_BYTES = 4;
const MOST = 4;

/** Broadcasts within `code`. */
export function createSpreads(code: Code): Spreads {
  let group: Member[] = [];
  let loaded: number | null = null;

  function spread(to: number, from: Place): void {
    if (group.length === MOST || !follows(group, from)) group = [];
    group.push({ slot: code.slot(), to, from });
    // Two of three floats share a load; the third waits for a fourth.
    const shared = group.length === 3 ? 2 : group.length;
    group.forEach(({ slot }, lane) => slot.rewrite(() => write(lane, shared)));
  }

  /** Writes the broadcast of lane `lane` when the first `shared` lanes come from one load. */
  function write(lane: number, shared: number): void {
    const { to, from } = group[lane]!;
    if (shared === 1 || lane >= shared) {
      pushTerms(from).memory("v128.load32_splat", from.offset);
    } else {
      loaded ??= code.declare("v128");
      if (lane === 0) {
        const name = shared === 2 ? "v128.load64_zero" : "v128.load";
        pushTerms(from).memory(name, from.offset).set(loaded);
      }
      code.get(loaded).get(loaded).spread(lane);
    }
    code.set(to);
  }

  function pushTerms({ terms }: Place): Code {
    terms.forEach((term, i) => {
      code.get(term);
      if (i > 0) code.plain("i32.add");
    });
    return code;
  }

  return {
    spread,
    changed(local): void {
      if (group.some(({ from }) => from.terms.includes(local))) group = [];
    },
    end(): void {
      group = [];
    },
  };
}

/** Whether `from` is the float behind the last of the group. */
function follows(group: readonly Member[], from: Place): boolean {
  const last = group.at(-1)?.from;
  return last !== undefined && last.offset + FLOAT_BYTES === from.offset &&
    last.terms.length === from.terms.length &&
    last.terms.every((term, i) => term === from.terms[i]);
}
