/**
 * Listings as text.
 *
 * @module
 */
import {
  countInstructions,
  type InnermostLoop,
  innermostLoops,
  instructionsOf,
  type Listed,
  type ListedInstruction,
  type Listing,
} from "./listing.ts";

/** Room for the bytes of an instruction; few are longer, and those push their text to the right. */
const HEX_WIDTH = 22;
/** Column of the notes, counted from where instructions start. */
const NOTE_COLUMN = 46;

/** The whole listing: what it is, the code, and a table of the innermost loops. */
export function formatListing(listing: Listing): string {
  const instructions = instructionsOf(listing.body);
  const last = instructions.at(-1);
  const bytes = last === undefined ? 0 : last.offset + last.bytes.length;
  const { instructions: count } = countInstructions(instructions);
  return [
    `${listing.id}: ${bytes} bytes, ${count} instructions, entered at ${address(listing.entry)}`,
    "",
    ...codeLines(listing.body, listing.target.startsWith("wasm"), 1),
    "",
    formatLoops(listing),
  ].join("\n");
}

/** A table of the innermost loops: what a turn of each does, and how often it runs. */
export function formatLoops(listing: Listing): string {
  return loopTable(innermostLoops(listing.body)).join("\n");
}

function codeLines(body: readonly Listed[], textOnly: boolean, depth: number): string[] {
  const left = " ".repeat(address(0).length + (textOnly ? 0 : 2 + HEX_WIDTH));
  const indent = "  ".repeat(depth);
  return body.flatMap((line) => {
    switch (line.kind) {
      case "label":
        return [`${left}${indent}${line.text}:`];
      case "instruction":
        return [instructionLine(line, textOnly, indent)];
      case "loop":
        return [
          `${left}${indent}loop ${line.number}, ${times(line.turns)}`,
          ...codeLines(line.body, textOnly, depth + 1),
          `${left}${indent}end of loop ${line.number}`,
        ];
    }
  });
}

function instructionLine(line: ListedInstruction, textOnly: boolean, indent: string): string {
  const hex = Array.from(line.bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const left = textOnly
    ? address(line.offset)
    : `${address(line.offset)}  ${hex.padEnd(HEX_WIDTH)}`;
  const text = line.note === null ? line.text : `${line.text.padEnd(NOTE_COLUMN)}  ; ${line.note}`;
  return `${left}${indent}${text}`;
}

function address(offset: number): string {
  return `0x${offset.toString(16).padStart(4, "0")}`;
}

function times(turns: string): string {
  return turns === "1" ? "once" : `${turns} times`;
}

const HEADINGS = ["instructions", "loads", "stores", "multiply-adds", "dot products"];

function loopTable(loops: readonly InnermostLoop[]): string[] {
  if (loops.length === 0) return ["no loops"];
  const rows = loops.map(({ loop, entered, counts }) => [
    `loop ${loop.number} at ${address(loop.offset)}`,
    ...[counts.instructions, counts.loads, counts.stores, counts.multiplyAdds, counts.dots].map(
      String,
    ),
    `${times(loop.turns)}, entered ${entered.length === 0 ? "once" : times(product(entered))}`,
  ]);
  const table = [["each turn of", ...HEADINGS, "runs"], ...rows];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  return table.map((row) =>
    row.map((cell, i) =>
      i === 0 || i === row.length - 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)
    ).join("  ").trimEnd()
  );
}

/** Numbers are multiplied; names stay. */
function product(factors: readonly string[]): string {
  const names = factors.filter((factor) => Number.isNaN(Number(factor)));
  const number = factors.map(Number).filter((factor) => !Number.isNaN(factor))
    .reduce((all, factor) => all * factor, 1);
  return [...number === 1 && names.length > 0 ? [] : [String(number)], ...names].join(" x ");
}
