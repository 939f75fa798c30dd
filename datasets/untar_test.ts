import { assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import { withFiles } from "./temporary_files.ts";
import { type TarFile, untar } from "./untar.ts";
import { tarOf } from "./tar_sample.ts";

async function read(archive: Uint8Array): Promise<TarFile[]> {
  let files: TarFile[] = [];
  await withFiles({ "a.tar.gz": archive }, async (directory) => {
    files = await Array.fromAsync(untar(`${directory}/a.tar.gz`));
  });
  return files;
}

const TEXT = new TextEncoder();
const TWO = tarOf([["./yes/a.wav", TEXT.encode("abc")], ["b", new Uint8Array(1024).fill(7)]]);

Deno.test("untar() gives files with their content, whatever their size", async () => {
  const files = await read(gzipSync(TWO));
  assertEquals(files.map(({ name, content }) => [name, content.length]), [["yes/a.wav", 3], [
    "b",
    1024,
  ]]);
  assertEquals(new TextDecoder().decode(files[0]!.content), "abc");
});

Deno.test("untar() passes over folders, and ends where the archive ends", async () => {
  const folder = tarOf([["yes/", new Uint8Array(0)]], "5");
  const files = await read(gzipSync(Uint8Array.from([...folder.subarray(0, 512), ...TWO])));
  assertEquals(files.length, 2);
  assertEquals(await read(gzipSync(TWO.subarray(0, 2048 + 512))), files.slice(0, 2));
});

Deno.test("untar() refuses names that lead out, wrong sums, and what is cut off", async () => {
  for (const name of ["../x", "a/../../x", "/etc/x", "a\\..\\x"]) {
    await assertRejects(
      () => read(gzipSync(tarOf([[name, TEXT.encode("x")]]))),
      SyntaxError,
      "names below a folder",
    );
  }
  const spoilt = TWO.slice();
  spoilt[3] = 65;
  await assertRejects(() => read(gzipSync(spoilt)), SyntaxError, "a header with a wrong sum");
  await assertRejects(
    () => read(gzipSync(TWO.subarray(0, 514))),
    SyntaxError,
    "the end within a file",
  );
  await assertRejects(
    () => read(gzipSync(TWO).subarray(0, 60)),
    SyntaxError,
    "expected a whole gzip file",
  );
  await assertRejects(() => read(TEXT.encode("<html>")), SyntaxError, "gzip");
});
