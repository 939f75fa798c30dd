/**
 * Tar archives for tests.
 *
 * @module
 */

/** An archive of these files, with two empty blocks at the end. */
export function tarOf(
  files: readonly (readonly [name: string, content: Uint8Array])[],
  type = "0",
): Uint8Array<ArrayBuffer> {
  const parts = files.flatMap(([name, content]) => {
    const filled = new Uint8Array(Math.ceil(content.length / 512) * 512);
    filled.set(content);
    return [headerOf(name, content.length, type), filled];
  });
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const archive = new Uint8Array(size + 1024);
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

function headerOf(name: string, size: number, type: string): Uint8Array {
  const header = new Uint8Array(512);
  const write = (at: number, text: string): void => header.set(new TextEncoder().encode(text), at);
  write(0, name);
  write(100, "0000644\0");
  write(124, `${size.toString(8).padStart(11, "0")}\0`);
  write(148, "        ");
  write(156, type);
  write(257, "ustar\x0000");
  const sum = header.reduce((total, byte) => total + byte, 0);
  write(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}
