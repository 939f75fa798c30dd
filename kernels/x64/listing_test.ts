import { assert, assertEquals } from "@std/assert";
import { kernelsOf } from "../kernel_of.ts";
import { innermostLoops, instructionsOf } from "../listing.ts";
import type { Kernel } from "../machine.ts";
import { createAssembler } from "./assembler.ts";
import { listing, listX64Kernel } from "./listing.ts";
import { emitKernel, type X64Target } from "./machine.ts";

const KERNEL: Kernel = {
  id: "shown",
  slots: 3,
  slotNames: ["to", "rows", "counts"],
  emit: (m) => {
    const [to, rows, counts] = [m.argument(0), m.argument(1), m.argument(2)];
    const [v, count] = [m.vector(), m.scalar()];
    m.constant(v, 1);
    m.repeat(rows, () => {
      m.store({ base: to, disp: 64 }, v);
      m.repeat(3, () => m.fma(v, v, { base: to }));
      m.loadU32(count, { base: counts, disp: 4 });
      m.repeat(count, () => m.ifNonZero(to, () => m.dotU8S8(v, v, v)));
    });
  },
};

const SHOWN = `\
shown: 157 bytes, 32 instructions, entered at 0x0000

0x0000  488b07                  mov rax, [rdi]                                  ; to
0x0003  488b4f08                mov rcx, [rdi+8]                                ; rows
0x0007  488b5710                mov rdx, [rdi+16]                               ; counts
0x000b  62f27d481805ab000000    vbroadcastss zmm0, [rip:0x3f800000]
0x0015  4989c8                  mov r8, rcx
0x0018  4d85c0                  test r8, r8
0x001b  0f8478000000            jz L2
0x0021  660f1f840000000000      nop
0x002a  660f1f840000000000      nop
0x0033  660f1f840000000000      nop
0x003c  0f1f4000                nop
                                loop 1, rows times
                                  L1:
0x0040  62f17c48114001            vmovups [rax+64], zmm0
0x0047  49c7c103000000            mov r9, 3
0x004e  660f1f840000000000        nop
0x0057  660f1f840000000000        nop
                                  loop 1.1, 3 times
                                    L3:
0x0060  62f27d48b800                vfmadd231ps zmm0, zmm0, [rax]
0x0066  49ffc9                      dec r9
0x0069  75f5                        jnz L3
                                  end of loop 1.1
0x006b  8b7204                    mov esi, [rdx+4]
0x006e  4989f1                    mov r9, rsi
0x0071  4d85c9                    test r9, r9
0x0074  0f841a000000              jz L6
0x007a  660f1f440000              nop
                                  loop 1.2, counts[4] times
                                    L5:
0x0080  4885c0                      test rax, rax
0x0083  0f8406000000                jz L7
0x0089  62f27d4850c0                vpdpbusd zmm0, zmm0, zmm0
                                    L7:
0x008f  49ffc9                      dec r9
0x0092  75ec                        jnz L5
                                  end of loop 1.2
                                  L6:
0x0094  49ffc8                    dec r8
0x0097  75a7                      jnz L1
                                end of loop 1
                                L2:
0x0099  c5f877                  vzeroupper
0x009c  c3                      ret

each turn of        instructions  loads  stores  multiply-adds  dot products  runs
loop 1.1 at 0x0060             3      1       0              1             0  3 times, entered rows times
loop 1.2 at 0x0080             5      0       0              0             1  counts[4] times, entered rows times`;

Deno.test("listing() shows offsets, bytes, instructions, arguments and loops", () => {
  assertEquals(listing(KERNEL, "avx512"), SHOWN);
});

Deno.test("listing() shows the target's own instructions", () => {
  const text = listing(KERNEL, "avx2");
  assert(text.includes("vmovups [rax+64], ymm0"));
  assert(text.includes("[rip:0x00010001 times 8]"));
  assert(!text.includes("zmm"));
});

Deno.test("listX64Kernel() leaves no byte out and finds where turns come from", () => {
  for (const target of ["avx512", "avx2"] as const) {
    for (const kernel of kernelsOf(target).filter((_, i) => i % 5 === 0)) {
      const { body } = listX64Kernel(kernel, target);
      const assembler = createAssembler();
      emitKernel(assembler, kernel, target);
      const { bytes, codeBytes } = assembler.finish();
      const listed = instructionsOf(body).flatMap((line) => [...line.bytes]);
      assertEquals(listed, [...bytes.subarray(0, codeBytes)], kernel.id);
      for (const { loop } of innermostLoops(body)) {
        assert(loop.turns !== "unknown", `${kernel.id} loop ${loop.number}`);
      }
    }
  }
});

/** Instructions of machine code as GNU binutils read them: offset and text. */
async function disassembleWithGnu(bytes: Uint8Array): Promise<[offset: number, text: string][]> {
  const file = await Deno.makeTempFile({ prefix: "listing-" });
  try {
    await Deno.writeFile(file, bytes);
    const args = ["-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "-w", file];
    const { stdout } = await new Deno.Command("objdump", { args }).output();
    const lines = new TextDecoder().decode(stdout).matchAll(/^\s*([0-9a-f]+):\t[^\t]*\t(.*)$/gm);
    return [...lines].map(([, offset = "", text = ""]) => [parseInt(offset, 16), text]);
  } finally {
    await Deno.remove(file);
  }
}

/** What makes one spelling of both: patterns and what they become, in order. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/\s*[#;].*$/, ""], // notes
  [/\b[XYZ]?[DQM]?(BYTE|WORD|MMWORD) (PTR|BCST) /g, ""],
  [/\{1to16\}/, ""],
  [/\s*,\s*/g, ","],
  [/\s+/g, " "],
  [/\*1\b/, ""],
  [/\+0\]/, "]"],
  [/\[rip.*?\]/, "[rip]"], // our text has the constant, theirs its distance
  [/^(j\w+|call) .*$/, "$1"], // our text has the label, theirs the address
  [/^je$/, "jz"],
  [/^jne$/, "jnz"],
  [/^(nop .*|xchg ax,ax)$/, "nop"],
  [/^v(p?)cmp\w* (.*?)(,\d+)?$/, "v$1cmp $2"], // they have names for predicates
  [/^movabs /, "mov "],
  [/^movzx byte /, "movzx "],
];

function plain(text: string): string {
  const decimal = text.replaceAll(
    /0x[0-9a-f]+/g,
    (hex) => String(BigInt.asIntN(64, BigInt(hex))),
  );
  return SPELLINGS.reduce((spelled, [from, to]) => spelled.replace(from, to), decimal.trim());
}

async function hasObjdump(): Promise<boolean> {
  const state = await Deno.permissions.query({ name: "run", command: "objdump" });
  if (state.state !== "granted") return false;
  try {
    return (await new Deno.Command("objdump", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "listX64Kernel() says what objdump reads from the bytes",
  ignore: !(await hasObjdump()), // skips where binutils or --allow-run is missing
  fn: async () => {
    for (const target of ["avx512", "avx2"] as const satisfies readonly X64Target[]) {
      const kernels = [KERNEL, ...kernelsOf(target).filter((_, i) => i % 5 === 0)];
      for (const kernel of kernels) {
        const lines = instructionsOf(listX64Kernel(kernel, target).body);
        const bytes = Uint8Array.from(lines.flatMap((line) => [...line.bytes]));
        const read = await disassembleWithGnu(bytes);
        const ours = lines.map(({ offset, text }) => `${offset} ${plain(text)}`);
        const theirs = read.map(([offset, text]) => `${offset} ${plain(text)}`);
        const wrong = ours.flatMap((line, i) => line === theirs[i] ? [] : [[line, theirs[i]]]);
        assertEquals(wrong, [], kernel.id);
        assertEquals(ours.length, theirs.length);
      }
    }
  },
});
