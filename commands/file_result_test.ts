import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { fileResult } from "./file_result.ts";
import { sampleResult } from "./sample.ts";

async function inFolder(test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("fileResult() files a result under machine and recipe", () =>
  inFolder(async (root) => {
    const { path, isNew } = await fileResult(root, "test-2c", sampleResult());
    assert(isNew);
    assert(path.startsWith(`${root}/test-2c/bert-mini-4x1-sst2/`));
  }));

Deno.test("fileResult() keeps the first of two documents about the same measurement", () =>
  inFolder(async (root) => {
    const first = await fileResult(root, "test-2c", sampleResult({ provenance: { at: "noon" } }));
    const again = await fileResult(root, "test-2c", sampleResult({ provenance: { at: "one" } }));
    assertEquals(again, { path: first.path, isNew: false });
  }));

Deno.test("fileResult() files what was measured or judged anew", () =>
  inFolder(async (root) => {
    const first = await fileResult(root, "test-2c", sampleResult());
    const later = sampleResult({ startedAt: "2026-02-01T12:00:00.000Z" });
    const judged = sampleResult({ verdict: { outcome: "inconclusive", reasons: [] } });
    for (const result of [later, judged]) {
      const { path, isNew } = await fileResult(root, "test-2c", result);
      assert(isNew);
      assertNotEquals(path, first.path);
    }
  }));
