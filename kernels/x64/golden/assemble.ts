/**
 * Assembles the golden cases with GNU `as` and writes `instructions.txt`:
 * `deno run --allow-run=as,objcopy --allow-read --allow-write kernels/x64/golden/assemble.ts`.
 *
 * @module
 */
import { goldenCases } from "./cases.ts";

/** Room for one instruction; none is longer than 15 bytes. */
const SLOT = 16;
const FILLER = 0x06; // no case ends in this byte, and it is no instruction of 64-bit mode

/**
 * The bytes of each line according to GNU `as`, in hexadecimal.
 *
 * @throws {Deno.errors.NotFound} If `as` or `objcopy` is absent.
 * @throws {SyntaxError} If `as` refuses a line; quotes what it said.
 */
export async function assembleWithGnu(lines: readonly string[]): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "golden-" });
  try {
    const body = lines.flatMap((line) => [line, `.p2align 4, ${FILLER}`]);
    const source = [".intel_syntax noprefix", ".text", ...body, ""].join("\n");
    await Deno.writeTextFile(`${folder}/a.s`, source);
    await runTool("as", ["--64", "-o", `${folder}/a.o`, `${folder}/a.s`]);
    await runTool("objcopy", ["-O", "binary", "-j", ".text", `${folder}/a.o`, `${folder}/a.bin`]);
    const bytes = await Deno.readFile(`${folder}/a.bin`);
    return lines.map((_, i) => hex(trimmed(bytes.subarray(SLOT * i, SLOT * (i + 1)))));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function runTool(name: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args }).output();
  if (!success) {
    throw new SyntaxError(`Cannot run ${name}: ${new TextDecoder().decode(stderr).slice(0, 2000)}`);
  }
}

function trimmed(slot: Uint8Array): Uint8Array {
  return slot.subarray(0, slot.findLastIndex((byte) => byte !== FILLER) + 1);
}

/** Bytes in hexadecimal. */
export function hex(bytes: ArrayLike<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The golden file: bytes, tab, assembly text. */
export async function goldenFile(): Promise<string> {
  const texts = goldenCases().map((one) => one.text);
  const bytes = await assembleWithGnu(texts);
  return texts.map((text, i) => `${bytes[i]}\t${text}\n`).join("");
}

if (import.meta.main) {
  const path = new URL("./instructions.txt", import.meta.url);
  await Deno.writeTextFile(path, await goldenFile());
}
