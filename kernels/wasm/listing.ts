/**
 * Emitted WebAssembly in readable form, read back from its bytes.
 *
 * @module
 */
import {
  type InstructionCounts,
  type ListedInstruction,
  type Listing,
  type LoopRange,
  nestLoops,
} from "../listing.ts";
import type { Kernel } from "../machine.ts";
import { disassemble, type Disassembled } from "./disassemble.ts";
import { createWasmMachine, type WasmTarget } from "./machine.ts";
import { relaxedDotIsExact, relaxedRoundsOnce, wasmSupport } from "./support.ts";

const ARGUMENTS = 0; // the function's parameter
const SLOT_BYTES = 8;
const OPENERS: readonly string[] = ["block", "loop", "if"];
/** Instructions after which nothing is left on the stack. */
const ENDS = /^(local\.set|.*store|br|block|loop|if|end|call|return|unreachable|drop)/;

/**
 * A kernel's instructions and loops. `wasm_relaxed` is emitted for this machine's engine, if it has it.
 *
 * @throws {RangeError} If the kernel cannot be emitted.
 */
export function listWasmKernel(kernel: Kernel, target: WasmTarget): Listing {
  const relaxed = wasmSupport().targets.includes("wasm_relaxed");
  const { machine, code } = createWasmMachine({
    target,
    fused: relaxed && relaxedRoundsOnce(),
    exactDot: relaxed && relaxedDotIsExact(),
    slots: kernel.slots,
  });
  kernel.emit(machine);
  const bytes = code.bytes();
  const statements = statementsOf(disassemble(bytes));
  const lines = statements.map((statement) => listStatement(statement, bytes, kernel));
  const body = nestLoops(lines, loopsOf(statements, kernel));
  return { id: kernel.id, target, entry: 0, body };
}

type Statement = readonly Disassembled[];

/** Instructions up to one that leaves the stack empty. */
function statementsOf(instructions: readonly Disassembled[]): Statement[] {
  const statements: Disassembled[][] = [[]];
  for (const one of instructions) {
    statements.at(-1)?.push(one);
    if (ENDS.test(one.name)) statements.push([]);
  }
  return statements.filter((statement) => statement.length > 0);
}

function listStatement(
  statement: Statement,
  bytes: readonly number[],
  kernel: Kernel,
): ListedInstruction {
  const [first, last] = [statement[0]!, statement.at(-1)!];
  const slot = slotRead(statement);
  return {
    kind: "instruction",
    offset: first.offset,
    bytes: Uint8Array.from(bytes.slice(first.offset, last.offset + last.length)),
    text: statement.map(({ text }) => text).join("  "),
    note: slot === null ? null : slotName(kernel, slot),
    counts: countsOf(statement),
  };
}

/** The slot of the argument block that a statement copies to a local, or `null`. */
function slotRead([base, load, set]: Statement): number | null {
  const reads = base?.name === "local.get" && base.operands[0] === ARGUMENTS &&
    load?.name === "i32.load" && set?.name === "local.set";
  return reads ? (load.operands[1] ?? 0) / SLOT_BYTES : null;
}

function slotName({ slotNames }: Kernel, slot: number): string {
  return slotNames?.[slot] ?? `slot ${slot}`;
}

function countsOf(statement: Statement): InstructionCounts {
  const count = (matches: (one: Disassembled, next: Disassembled | undefined) => boolean): number =>
    statement.filter((one, i) => matches(one, statement[i + 1])).length;
  return {
    instructions: count(({ name }) => !isStructure(name)),
    loads: count(({ name }) => name.includes(".load")),
    stores: count(({ name }) => name.includes(".store")),
    multiplyAdds: count(({ name }, next) =>
      name === "f32x4.relaxed_madd" || (name === "f32x4.mul" && next?.name === "f32x4.add")
    ),
    dots: count(({ name }) => name.includes("dot_")),
  };
}

/** Whether an instruction only tells where nests begin and end, and where values come from. */
function isStructure(name: string): boolean {
  return name === "end" || OPENERS.includes(name) || name.startsWith("local.");
}

function loopsOf(statements: readonly Statement[], kernel: Kernel): LoopRange[] {
  const loops: LoopRange[] = [];
  const open: number[] = [];
  statements.forEach((statement, at) => {
    const { name } = statement.at(-1)!;
    if (OPENERS.includes(name)) open.push(at);
    if (name !== "end") return;
    const first = open.pop() ?? 0;
    if (statements[first]?.at(-1)?.name !== "loop") return;
    loops.push({ first, last: at, turns: turnsOf(statements, first, at, kernel) });
  });
  return loops;
}

/** What the counter, which the last statement counts down, was set to before the loop. */
function turnsOf(
  statements: readonly Statement[],
  loop: number,
  end: number,
  kernel: Kernel,
): string {
  const counter = statements[end - 1]?.find(({ name }) => name === "local.tee");
  if (counter === undefined) return "unknown";
  return originOf(statements, loop, counter.operands[0]!, kernel);
}

function localName({ operands: [local] }: Disassembled): string {
  return `local ${local}`;
}

/** Where the value comes from that a local has before statement `end`: a number, an argument or a place. */
function originOf(
  statements: readonly Statement[],
  end: number,
  local: number,
  kernel: Kernel,
): string {
  const at = statements.findLastIndex((statement, i) => {
    const last = statement.at(-1);
    return i < end && last?.name === "local.set" && last.operands[0] === local;
  });
  const statement = statements[at];
  const slot = statement === undefined ? null : slotRead(statement);
  if (slot !== null) return slotName(kernel, slot);
  const [from, second] = statement ?? [];
  const copied = second?.name === "local.set";
  if (copied && from?.name === "i32.const") return String(from.operands[0]! >>> 0);
  if (copied && from?.name === "local.get") {
    return originOf(statements, at, from.operands[0]!, kernel);
  }
  const load = statement?.at(-2);
  if (from?.name === "local.get" && load?.name.startsWith("i32.load")) {
    const base = originOf(statements, at, from.operands[0]!, kernel);
    const index = second?.name === "local.get" ? [`local ${second.operands[0]}`] : [];
    const offset = load.operands[1] === 0 ? [] : [String(load.operands[1])];
    if (base === localName(from)) return `[${[base, ...index, ...offset].join("+")}]`;
    return `${base}[${[...index, ...offset].join("+") || "0"}]`;
  }
  return `local ${local}`;
}
