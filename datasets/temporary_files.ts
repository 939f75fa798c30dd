/**
 * Small data directories for tests.
 *
 * @module
 */
import { dirname, join } from "@std/path";

/** Files by their path below the directory, `/` between folders. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Runs a test on a directory that holds these files and is removed afterwards. */
export async function withFiles(
  files: Files,
  test: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(directory, path)), { recursive: true });
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(join(directory, path), bytes);
    }
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
