import { assert, assertEquals, assertThrows } from "@std/assert";
import { EnvironmentError } from "../../core/mod.ts";
import { type Libc, openLibc } from "./libc.ts";
import { mapArena, mapCode } from "./memory.ts";
import { probeHost } from "./support.ts";

const ignore = typeof probeHost() === "string";
const RET = Uint8Array.of(0xc3);

Deno.test({
  name: "mapArena() is zeroed, page-aligned, and 2 MiB-aligned if large",
  ignore,
  fn: () => {
    using libc = openLibc();
    using small = mapArena(libc, 5000);
    using large = mapArena(libc, 2 ** 21 + 1);
    assertEquals([small.address % 4096, small.buffer.byteLength], [0, 8192]);
    assertEquals([large.address % 2 ** 21, large.buffer.byteLength], [0, 2 ** 22]);
    assert(new Uint8Array(large.buffer).every((byte) => byte === 0));
    new Uint8Array(large.buffer).fill(1); // every byte is there
  },
});

Deno.test({
  name: "disposing an arena empties its views, twice does no harm",
  ignore,
  fn: () => {
    using libc = openLibc();
    const arena = mapArena(libc, 4096);
    const view = new Float32Array(arena.buffer, 64, 16).fill(1);
    arena[Symbol.dispose]();
    arena[Symbol.dispose]();
    assertEquals([view.length, view[0], arena.buffer.byteLength], [0, undefined, 0]);
  },
});

Deno.test({
  name: "mapCode() runs what was written and refuses it once disposed",
  ignore,
  fn: () => {
    using libc = openLibc();
    using words = mapArena(libc, 4096);
    // mov dword ptr [rdi], 7 ; ret
    const code = mapCode(libc, Uint8Array.of(0xc7, 0x07, 7, 0, 0, 0, 0xc3));
    libc.call(code.pointer(0), Deno.UnsafePointer.create(BigInt(words.address)));
    assertEquals(new Uint32Array(words.buffer)[0], 7);
    code[Symbol.dispose]();
    code[Symbol.dispose]();
    assertThrows(() => code.pointer(0), RangeError, "Cannot use code: it was disposed");
  },
});

Deno.test({
  name: "mapCode() gives the memory back if the system forbids executing it",
  ignore,
  fn: () => {
    using libc = openLibc();
    const balance = { reserved: 0, released: 0 };
    const hardened: Libc = {
      ...libc,
      reserve: (size) => (balance.reserved += size, libc.reserve(size)),
      release: (address, size) => (balance.released += size, libc.release(address, size)),
      protect: (address, size, access) => {
        if (access === "read-execute") throw new EnvironmentError("Cannot make code executable");
        libc.protect(address, size, access);
      },
    };
    assertThrows(() => mapCode(hardened, RET), EnvironmentError, "Cannot make code executable");
    assertEquals(balance, { reserved: 4096, released: 4096 });
  },
});

/** Whether the file can be read; Deno guards most of /proc with --allow-all. */
function isReadable(path: string): boolean {
  try {
    return Deno.readTextFileSync(path).length > 0;
  } catch {
    return false;
  }
}

/** Lines of this process's memory map that hold an address. */
function mapping(address: bigint): string[] {
  return Deno.readTextFileSync("/proc/self/maps").split("\n").filter((line) => {
    const [low = "0", high = "0"] = (line.split(" ")[0] ?? "").split("-");
    return BigInt(`0x${low || "0"}`) <= address && address < BigInt(`0x${high}`);
  });
}

Deno.test({
  name: "code is never writable and executable, guards are neither, and all of it is given back",
  ignore: ignore || !isReadable("/proc/self/maps"),
  fn: () => {
    using libc = openLibc();
    const code = mapCode(libc, RET);
    const arena = mapArena(libc, 4096);
    const at = BigInt(arena.address);
    const size = BigInt(arena.buffer.byteLength);
    const access = (address: bigint): string => mapping(address)[0]?.split(" ")[1] ?? "none";
    assertEquals(access(code.address), "r-xp");
    assertEquals(
      [access(at - 1n), access(at), access(at + size - 1n), access(at + size)],
      ["---p", "rw-p", "rw-p", "---p"],
    );
    code[Symbol.dispose]();
    arena[Symbol.dispose]();
    assertEquals([access(code.address) === "r-xp", access(at) === "rw-p"], [false, false]);
  },
});

Deno.test({
  name: "a kernel that runs off the arena ends the process, and not another's data",
  ignore: ignore ||
    (await Deno.permissions.query({ name: "run", command: Deno.execPath() })).state !== "granted",
  fn: async () => {
    const script = `
      import { openLibc } from "${new URL("./libc.ts", import.meta.url)}";
      import { mapArena, mapCode } from "${new URL("./memory.ts", import.meta.url)}";
      const libc = openLibc();
      const arena = mapArena(libc, 4096);
      // mov dword ptr [rdi], 7 ; ret
      const code = mapCode(libc, Uint8Array.of(0xc7, 0x07, 7, 0, 0, 0, 0xc3));
      const end = arena.address + arena.buffer.byteLength;
      libc.call(code.pointer(0), Deno.UnsafePointer.create(BigInt(end - 4)));
      console.log("inside");
      libc.call(code.pointer(0), Deno.UnsafePointer.create(BigInt(end - 3)));
      console.log("outside");`;
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const args = ["run", "--quiet", "--config", config, "--allow-ffi", "--ext=ts", "-"];
    const child = new Deno.Command(Deno.execPath(), {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(script));
    await writer.close();
    const { signal, stdout } = await child.output();
    assertEquals(new TextDecoder().decode(stdout), "inside\n");
    assertEquals(signal, "SIGSEGV");
  },
});
