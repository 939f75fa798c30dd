import { assertEquals } from "@std/assert";
import {
  countInstructions,
  innermostLoops,
  instructionsOf,
  type Listed,
  type ListedInstruction,
  nestLoops,
} from "./listing.ts";
import { formatListing } from "./listing_text.ts";

function instruction(
  offset: number,
  counts: Partial<ListedInstruction["counts"]> = {},
): ListedInstruction {
  const none = { instructions: 1, loads: 0, stores: 0, multiplyAdds: 0, dots: 0 };
  const text = `line ${offset}`;
  return {
    kind: "instruction",
    offset,
    bytes: Uint8Array.of(0x90),
    text,
    note: null,
    counts: { ...none, ...counts },
  };
}

/** Offsets, with those of loops in brackets behind their numbers. */
function outline(body: readonly Listed[]): string {
  return body.map((line) => {
    if (line.kind === "label") return line.text;
    if (line.kind === "instruction") return String(line.offset);
    return `${line.number}(${outline(line.body)})`;
  }).join(" ");
}

const LINES = Array.from({ length: 8 }, (_, i) => instruction(i, { loads: i % 2 }));

Deno.test("nestLoops() puts loops into each other and numbers them", () => {
  const loops = [
    { first: 5, last: 6, turns: "n" },
    { first: 2, last: 2, turns: "4" },
    { first: 1, last: 6, turns: "2" },
    { first: 3, last: 4, turns: "3" },
    { first: 3, last: 3, turns: "7" },
  ];
  const body = nestLoops(LINES, loops);
  assertEquals(outline(body), "0 1(1 1.1(2) 1.2(1.2.1(3) 4) 1.3(5 6)) 7");
  assertEquals(instructionsOf(body), LINES);
});

Deno.test("innermostLoops() counts a turn and names the turns of the loops around", () => {
  const loops = [
    { first: 1, last: 6, turns: "rows" },
    { first: 2, last: 5, turns: "2" },
    { first: 2, last: 3, turns: "3" },
    { first: 7, last: 7, turns: "9" },
  ];
  const found = innermostLoops(nestLoops(LINES, loops));
  assertEquals(
    found.map(({ loop, entered, counts }) => [loop.number, entered, counts.loads]),
    [["1.1.1", ["rows", "2"], 1], ["2", [], 1]],
  );
});

Deno.test("countInstructions() adds up", () => {
  const lines = [instruction(0, { loads: 1, dots: 1 }), instruction(1, { multiplyAdds: 1 })];
  const counts = { instructions: 2, loads: 1, stores: 0, multiplyAdds: 1, dots: 1 };
  assertEquals(countInstructions(lines), counts);
});

Deno.test("formatListing() shows addresses, bytes, loops and the table", () => {
  const loops = [{ first: 1, last: 3, turns: "rows" }, { first: 2, last: 2, turns: "4" }];
  const lines = [instruction(0), { kind: "label", text: "L1" } as const, LINES[2]!, LINES[3]!];
  const body = nestLoops(lines, loops);
  assertEquals(formatListing({ id: "shown", target: "avx2", entry: 0, body }).split("\n"), [
    "shown: 4 bytes, 3 instructions, entered at 0x0000",
    "",
    "0x0000  90                      line 0",
    "                                loop 1, rows times",
    "                                  L1:",
    "                                  loop 1.1, 4 times",
    "0x0002  90                          line 2",
    "                                  end of loop 1.1",
    "0x0003  90                        line 3",
    "                                end of loop 1",
    "",
    "each turn of        instructions  loads  stores  multiply-adds  dot products  runs",
    "loop 1.1 at 0x0002             1      0       0              0             0  " +
    "4 times, entered rows times",
  ]);
});
