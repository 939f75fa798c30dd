/**
 * Emitted code in readable form: instructions with their loops, and what an innermost loop does each turn.
 *
 * A listing is made while code is emitted (x86-64: from the same operands as the bytes) or read back from its bytes
 * (WebAssembly), never from the kernel's source.
 *
 * @module
 */
import type { Target } from "./machine.ts";

/** What instructions do, counted as they stand in the code. */
export interface InstructionCounts {
  /** Instructions; in WebAssembly those that compute, of which a compiler makes about as many of the processor's. */
  readonly instructions: number;
  /** Instructions that read memory, constants behind the code included. */
  readonly loads: number;
  /** Instructions that write memory. */
  readonly stores: number;
  /** Multiply-adds of float32 vectors; in WebAssembly without them, multiplications followed by an addition. */
  readonly multiplyAdds: number;
  /** Instructions that multiply bytes, or the 16-bit integers made of them, and add neighbours. */
  readonly dots: number;
}

/** A line with code. */
export interface ListedInstruction {
  /** Tells lines apart. */
  readonly kind: "instruction";
  /** Bytes from the start of the kernel. */
  readonly offset: number;
  /** The machine code; of WebAssembly several instructions that end with an empty stack. */
  readonly bytes: Uint8Array;
  /** Intel syntax, or the text format of WebAssembly. */
  readonly text: string;
  /** What it is for, if the kernel says so: the name of the argument that it reads. */
  readonly note: string | null;
  /** What it does. */
  readonly counts: InstructionCounts;
}

/** A place that jumps go to. */
export interface ListedLabel {
  /** Tells lines apart. */
  readonly kind: "label";
  /** Name, e.g. `L2`. */
  readonly text: string;
}

/** A loop. */
export interface ListedLoop {
  /** Tells lines apart. */
  readonly kind: "loop";
  /** Its number among its neighbours behind those of the loops around it, e.g. `1.2`. */
  readonly number: string;
  /** Bytes from the start of the kernel. */
  readonly offset: number;
  /** How often its body runs each time: a number, the name of an argument, or where the count comes from. */
  readonly turns: string;
  /** Lines from its first to the jump back. */
  readonly body: readonly Listed[];
}

/** A line, or a loop of lines. */
export type Listed = ListedInstruction | ListedLabel | ListedLoop;

/** A kernel's code. */
export interface Listing {
  /** The kernel. */
  readonly id: string;
  /** Instruction set. */
  readonly target: Target;
  /** Offset at which it is called. */
  readonly entry: number;
  /** Everything, in order. */
  readonly body: readonly Listed[];
}

/** A loop before it is nested: the numbers of its first and last line. */
export interface LoopRange {
  /** Number of the first line. */
  readonly first: number;
  /** Number of the last line. */
  readonly last: number;
  /** {@linkcode ListedLoop.turns}. */
  readonly turns: string;
}

/** Puts lines into their loops. @param loops Each within another or apart from it. */
export function nestLoops(
  lines: readonly (ListedInstruction | ListedLabel)[],
  loops: readonly LoopRange[],
): Listed[] {
  // of loops that start together the longer one is around the other
  const ordered = loops.toSorted((a, b) => a.first - b.first || b.last - a.last);

  function nest(
    first: number,
    last: number,
    inside: readonly LoopRange[],
    prefix: string,
  ): Listed[] {
    const listed: Listed[] = [];
    let at = first;
    let count = 0;
    for (const loop of inside) {
      if (loop.first < at) continue; // it is within the one before
      listed.push(...lines.slice(at, loop.first));
      const number = `${prefix}${++count}`;
      const within = inside.filter((one) =>
        one !== loop && one.first >= loop.first && one.last <= loop.last
      );
      const body = nest(loop.first, loop.last, within, `${number}.`);
      listed.push({ kind: "loop", number, offset: offsetOf(body), turns: loop.turns, body });
      at = loop.last + 1;
    }
    return [...listed, ...lines.slice(at, last + 1)];
  }

  return nest(0, lines.length - 1, ordered, "");
}

function offsetOf(body: readonly Listed[]): number {
  for (const line of body) if (line.kind !== "label") return line.offset;
  return 0;
}

/** All instructions below, loops included. */
export function instructionsOf(body: readonly Listed[]): ListedInstruction[] {
  return body.flatMap((line) =>
    line.kind === "loop" ? instructionsOf(line.body) : line.kind === "instruction" ? [line] : []
  );
}

/** What the instructions do together. */
export function countInstructions(instructions: readonly ListedInstruction[]): InstructionCounts {
  const sum = (what: keyof InstructionCounts): number =>
    instructions.reduce((all, { counts }) => all + counts[what], 0);
  return {
    instructions: sum("instructions"),
    loads: sum("loads"),
    stores: sum("stores"),
    multiplyAdds: sum("multiplyAdds"),
    dots: sum("dots"),
  };
}

/** A loop without loops in it, and what a turn of it does. */
export interface InnermostLoop {
  /** The loop. */
  readonly loop: ListedLoop;
  /** How often it is entered: the turns of the loops around it. */
  readonly entered: readonly string[];
  /** One turn, the jump back included. */
  readonly counts: InstructionCounts;
}

/** The innermost loops, in order. */
export function innermostLoops(
  body: readonly Listed[],
  entered: readonly string[] = [],
): InnermostLoop[] {
  return body.filter((line) => line.kind === "loop").flatMap((loop) => {
    const inner = innermostLoops(loop.body, [...entered, loop.turns]);
    if (inner.length > 0) return inner;
    return [{ loop, entered, counts: countInstructions(instructionsOf(loop.body)) }];
  });
}
