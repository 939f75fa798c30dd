import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { EnvironmentError, sha256Hex, UsageError } from "../core/mod.ts";
import { weightsOf } from "./weights.ts";

Deno.test("weightsOf() names a file by its recipe and content, and says why it cannot be read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "w.safetensors");
    await Deno.writeTextFile(path, "weights");
    assertEquals(await weightsOf("a", null), new Map());
    assertEquals(
      await weightsOf("a", path),
      new Map([["a", { path, sha256: sha256Hex("weights") }]]),
    );
    await assertRejects(() => weightsOf(null, path), UsageError, "--weights without --recipe");
    for (
      const [wrong, reason] of [
        [join(folder, "none"), "there is no such file"],
        [folder, "it is a folder, expected a file"],
      ] as const
    ) {
      await assertRejects(
        () => weightsOf("a", wrong),
        EnvironmentError,
        `Cannot read weights ${wrong}: ${reason}`,
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
