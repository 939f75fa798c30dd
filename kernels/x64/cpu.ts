/**
 * What the processor can do, asked with `cpuid` and `xgetbv`.
 *
 * Leaves and bits: Intel 64 and IA-32 Software Developer's Manual, volume 2A, CPUID; caches of AMD: AMD64 Architecture
 * Programmer's Manual, volume 3, appendix E.4.15.
 *
 * @module
 */
import { createAssembler } from "./assembler.ts";
import type { Libc } from "./libc.ts";
import { mapCode } from "./memory.ts";
import { low32, memory, r64 } from "./operands.ts";

/** Extensions that matter to kernels. Each is listed only if the operating system also saves its registers. */
export const FEATURES = [
  "avx",
  "avx2",
  "fma",
  "bmi2",
  "popcnt",
  "avx512f",
  "avx512dq",
  "avx512bw",
  "avx512vl",
  "avx512vbmi",
  "avx512vnni",
  "avx_vnni",
] as const;

/** An instruction-set extension. */
export type Feature = (typeof FEATURES)[number];

/** One cache as a core sees it. */
export interface Cache {
  /** 1 is nearest to the core. */
  readonly level: number;
  /** What it holds. */
  readonly holds: "data" | "instructions" | "both";
  /** Capacity in bytes. */
  readonly sizeBytes: number;
}

/** The processor. */
export interface Cpu {
  /** E.g. `GenuineIntel`. */
  readonly vendor: string;
  /** Marketing name, e.g. `AMD EPYC 9655 96-Core Processor`. */
  readonly brand: string;
  /** Display family. */
  readonly family: number;
  /** Display model. */
  readonly model: number;
  /** Extensions that can be used. */
  readonly features: ReadonlySet<Feature>;
  /** Caches, nearest first. */
  readonly caches: readonly Cache[];
}

/** eax, ebx, ecx and edx. */
export type Leaf = readonly [eax: number, ebx: number, ecx: number, edx: number];

/** What `cpuid` answers; unsigned. */
export type Cpuid = (leaf: number, subleaf?: number) => Leaf;

/** Where a feature shows. */
type Place = readonly [
  leaf: number,
  subleaf: number,
  /** 0 = eax, 1 = ebx, 2 = ecx. */
  register: 0 | 1 | 2,
  bit: number,
  /** Which registers the system must save. */
  state: keyof typeof STATES,
];

const BITS: Readonly<Record<Feature, Place>> = {
  fma: [1, 0, 2, 12, "ymm"],
  avx: [1, 0, 2, 28, "ymm"],
  avx2: [7, 0, 1, 5, "ymm"],
  bmi2: [7, 0, 1, 8, "none"],
  popcnt: [1, 0, 2, 23, "none"],
  avx512f: [7, 0, 1, 16, "zmm"],
  avx512dq: [7, 0, 1, 17, "zmm"],
  avx512bw: [7, 0, 1, 30, "zmm"],
  avx512vl: [7, 0, 1, 31, "zmm"],
  avx512vbmi: [7, 0, 2, 1, "zmm"],
  avx512vnni: [7, 0, 2, 11, "zmm"],
  avx_vnni: [7, 1, 0, 4, "ymm"],
};
const OSXSAVE = 27; // leaf 1, ecx
/** Bits of XCR0 (volume 1, section 13.3): SSE, AVX; and for zmm also opmask, upper halves, upper registers. */
const STATES = { none: 0, ymm: 0b110, zmm: 0b1110_0110 } as const;

/**
 * Asks this machine's processor.
 *
 * @throws {EnvironmentError} If executable memory is refused.
 */
export function probeCpu(libc: Libc): Cpu {
  const code = createAssembler();
  emitCpuid(code);
  const xgetbv = code.offset;
  emitXgetbv(code);
  using mapped = mapCode(libc, code.finish().bytes);
  const words = new Uint32Array(4);
  const argument = Deno.UnsafePointer.of(words);

  function cpuid(leaf: number, subleaf = 0): Leaf {
    words.set([leaf, subleaf]);
    libc.call(mapped.pointer(0), argument);
    const [eax = 0, ebx = 0, ecx = 0, edx = 0] = words;
    return [eax, ebx, ecx, edx];
  }

  function enabledStates(): number {
    libc.call(mapped.pointer(xgetbv), argument);
    return words[0] ?? 0;
  }

  return describeCpu(cpuid, enabledStates);
}

/** in: rdi = leaf and subleaf; out: eax, ebx, ecx, edx in their place. cpuid writes rbx, which callers own. */
function emitCpuid({ emit }: ReturnType<typeof createAssembler>): void {
  const [rdi, rbx] = [r64("rdi"), r64("rbx")];
  const [eax, ebx, ecx, edx] = [
    low32(r64("rax")),
    low32(rbx),
    low32(r64("rcx")),
    low32(r64("rdx")),
  ];
  emit("push", rbx);
  emit("mov", eax, memory(rdi));
  emit("mov", ecx, memory(rdi, { disp: 4 }));
  emit("cpuid");
  [eax, ebx, ecx, edx].forEach((from, i) => emit("mov", memory(rdi, { disp: 4 * i }), from));
  emit("pop", rbx);
  emit("ret");
}

/** out: [rdi] = low half of XCR0. */
function emitXgetbv({ emit }: ReturnType<typeof createAssembler>): void {
  const ecx = low32(r64("rcx"));
  emit("xor", ecx, ecx);
  emit("xgetbv");
  emit("mov", memory(r64("rdi")), low32(r64("rax")));
  emit("ret");
}

/**
 * Reads the answers.
 *
 * @param enabledStates Reads XCR0; called only where the system has enabled the instruction for it.
 */
export function describeCpu(cpuid: Cpuid, enabledStates: () => number): Cpu {
  const [highest, ...vendor] = cpuid(0);
  const [signature, , ecx] = highest >= 1 ? cpuid(1) : [0, 0, 0, 0];
  const states = (ecx >>> OSXSAVE & 1) === 1 ? enabledStates() : 0;
  const features = FEATURES.filter((feature) => {
    const [leaf, subleaf, word, bit, state] = BITS[feature];
    const answered = leaf <= highest && (subleaf === 0 || subleaf <= cpuid(leaf)[0]);
    return answered && (states & STATES[state]) === STATES[state] &&
      (cpuid(leaf, subleaf)[word] >>> bit & 1) === 1;
  });
  const [b, c, d] = vendor;
  return {
    vendor: text([b, d, c]),
    brand: brandOf(cpuid),
    ...modelOf(signature),
    features: new Set(features),
    caches: cachesOf(cpuid, highest),
  };
}

function text(words: readonly number[]): string {
  return new TextDecoder().decode(Uint32Array.from(words)).replaceAll("\0", "").trim();
}

function brandOf(cpuid: Cpuid): string {
  if (cpuid(0x8000_0000)[0] < 0x8000_0004) return "";
  return text([2, 3, 4].flatMap((n) => cpuid(0x8000_0000 + n)));
}

/** The extended fields count for family 15, and for the model of family 6 too. */
function modelOf(signature: number): { family: number; model: number } {
  const family = signature >>> 8 & 15;
  const model = signature >>> 4 & 15;
  const extended = family === 6 || family === 15;
  return {
    family: family === 15 ? family + (signature >>> 20 & 255) : family,
    model: extended ? model + ((signature >>> 16 & 15) << 4) : model,
  };
}

/** Leaf 4 of Intel, or leaf 8000_001D of AMD, which has the same layout. */
function cachesOf(cpuid: Cpuid, highest: number): Cache[] {
  const amd = cpuid(0x8000_0000)[0] >= 0x8000_001d && (cpuid(0x8000_001d)[0] & 31) !== 0;
  if (!amd && highest < 4) return [];
  const caches: Cache[] = [];
  for (let i = 0; i < 16; i++) {
    const [eax, ebx, ecx] = cpuid(amd ? 0x8000_001d : 4, i);
    const holds = ([null, "data", "instructions", "both"] as const)[eax & 31] ?? null;
    if (holds === null) break;
    const [ways, partitions, line] = [ebx >>> 22, ebx >>> 12 & 1023, ebx & 4095];
    const sizeBytes = (ways + 1) * (partitions + 1) * (line + 1) * (ecx + 1);
    caches.push({ level: eax >>> 5 & 7, holds, sizeBytes });
  }
  return caches;
}
