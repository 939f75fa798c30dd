import { assert, assertEquals, assertThrows } from "@std/assert";
import { familiesTable, withFamiliesTable } from "./families_table.ts";
import { FAMILIES } from "./layers/mod.ts";

/** Without the spaces and dashes that the formatter aligns columns with. */
function plain(text: string): string {
  return text.replace(/-+/g, "-").replace(/[ \t]+/g, " ");
}

Deno.test("the README has today's table of families", async () => {
  const text = await Deno.readTextFile(new URL("../README.md", import.meta.url));
  assert(
    plain(text) === plain(withFamiliesTable(text)),
    "README.md is stale. Try: deno run -R -W kernels/families_table.ts && deno fmt README.md",
  );
});

Deno.test("familiesTable() has a row for each family", () => {
  assertEquals(familiesTable().split("\n").length, FAMILIES.length + 2);
});

Deno.test("withFamiliesTable() needs the marks", () => {
  assertThrows(() => withFamiliesTable("no marks"), SyntaxError, "no ");
});
