import { assert, assertEquals } from "@std/assert";
import { dataLink } from "./data_link.ts";

function bytesOf(href: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(href.replace(/^.*;base64,/, ""));
}

Deno.test("dataLink() holds the very text", async () => {
  const content = "a,µ\n</script>\n";
  const link = await dataLink({ name: "a.csv", type: "text/csv", content });
  assert(link.href.startsWith("data:text/csv;base64,"));
  assert(!link.href.includes("<"));
  assertEquals(new TextDecoder().decode(bytesOf(link.href)), content);
  assertEquals([link.name, link.sizeBytes], ["a.csv", 15]);
});

Deno.test("dataLink() packs a large file, always alike", async () => {
  const file = { name: "a.json", type: "application/json", content: "0123456789".repeat(20_000) };
  const link = await dataLink(file);
  assertEquals(link.name, "a.json.gz");
  assert(link.sizeBytes < 10_000, `${link.sizeBytes} bytes`);
  const stream = new Blob([bytesOf(link.href)]).stream();
  const unpacked = await new Response(stream.pipeThrough(new DecompressionStream("gzip"))).text();
  assertEquals(unpacked, file.content);
  assertEquals(await dataLink(file), link);
});
