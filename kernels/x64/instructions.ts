/**
 * The instructions that kernels need, as rows of the manual, and nothing else.
 *
 * A row is: mnemonic; operands (alternatives with `/`; `imm8u` is an imm8 of 0 to 255); the form exactly as the Intel 64
 * and IA-32 Software Developer's Manual, volume 2, prints it (for the widths and register files used here); operand
 * encoding, one letter an operand (`R` ModRM.reg, `M` ModRM.rm, `V` vvvv, `I` immediate, `O` low opcode bits, `D` distance, `S` register in imm8[7:4]); and,
 * for EVEX, the tuple type of volume 2 section 2.7.5, which scales 8-bit displacements. Where several rows fit, the
 * first one is taken, so short forms and VEX forms come first.
 *
 * The rows are checked byte for byte against GNU `as` (golden/).
 *
 * @module
 */

/** How an EVEX row scales an 8-bit displacement: by the vector, by a quarter of it, or by one 32-bit element. */
export type Tuple = "full" | "full-mem" | "quarter-mem" | "scalar";

/** Rows as written: mnemonic, operands, manual's form, operand encoding, tuple type. */
export const ROWS = [
  // Integers
  ["mov", "r/m64, r64", "REX.W + 89 /r", "MR"],
  ["mov", "r/m32, r32", "89 /r", "MR"],
  ["mov", "r64, r/m64", "REX.W + 8B /r", "RM"],
  ["mov", "r32, r/m32", "8B /r", "RM"],
  ["mov", "r32, imm32", "B8+ rd id", "OI"],
  ["mov", "r64, imm32", "REX.W + C7 /0 id", "MI"],
  ["mov", "r64, imm64", "REX.W + B8+ rd io", "OI"],
  ["movzx", "r32, m16", "0F B7 /r", "RM"],
  ["movzx byte", "r32, m8", "0F B6 /r", "RM"], // a name of its own: memory operands have no size here
  ["prefetcht1", "m8", "0F 18 /2", "M"],
  ["add", "r/m64, r64", "REX.W + 01 /r", "MR"],
  ["add", "r/m64, imm8", "REX.W + 83 /0 ib", "MI"],
  ["add", "r/m64, imm32", "REX.W + 81 /0 id", "MI"],
  ["sub", "r/m64, r64", "REX.W + 29 /r", "MR"],
  ["sub", "r/m64, imm8", "REX.W + 83 /5 ib", "MI"],
  ["sub", "r/m64, imm32", "REX.W + 81 /5 id", "MI"],
  ["shl", "r/m64, imm8", "REX.W + C1 /4 ib", "MI"],
  ["shr", "r/m64, imm8", "REX.W + C1 /5 ib", "MI"],
  ["imul", "r64, r/m64, imm32", "REX.W + 69 /r id", "RMI"],
  ["xor", "r/m32, r32", "31 /r", "MR"],
  ["xor", "r/m32, imm32", "81 /6 id", "MI"],
  ["popcnt", "r64, r/m64", "F3 REX.W 0F B8 /r", "RM"],
  ["pdep", "r64, r64, r/m64", "VEX.LZ.F2.0F38.W1 F5 /r", "RVM"],
  ["pext", "r64, r64, r/m64", "VEX.LZ.F3.0F38.W1 F5 /r", "RVM"],
  ["dec", "r/m64", "REX.W + FF /1", "M"],
  ["test", "r/m64, r64", "REX.W + 85 /r", "MR"],
  ["cmp", "r/m64, r64", "REX.W + 39 /r", "MR"],
  ["cmp", "r/m64, imm8", "REX.W + 83 /7 ib", "MI"],
  ["lock xadd", "m64, r64", "F0 REX.W + 0F C1 /r", "MR"],

  // Control
  ["push", "r64", "50+ rd", "O"],
  ["pop", "r64", "58+ rd", "O"],
  ["call", "r/m64", "FF /2", "M"],
  ["call", "rel32", "E8 cd", "D"],
  ["jmp", "rel8", "EB cb", "D"],
  ["jmp", "rel32", "E9 cd", "D"],
  ["jae", "rel8", "73 cb", "D"],
  ["jae", "rel32", "0F 83 cd", "D"],
  ["jz", "rel8", "74 cb", "D"],
  ["jz", "rel32", "0F 84 cd", "D"],
  ["jnz", "rel8", "75 cb", "D"],
  ["jnz", "rel32", "0F 85 cd", "D"],
  ["ret", "", "C3", ""],
  ["pause", "", "F3 90", ""],
  ["cpuid", "", "0F A2", ""],
  ["xgetbv", "", "0F 01 D0", ""],
  ["rdtsc", "", "0F 31", ""],
  ["syscall", "", "0F 05", ""],
  ["vzeroupper", "", "VEX.128.0F.WIG 77", ""],

  // Moves of vectors
  ["vmovaps", "xmm, xmm/m128", "VEX.128.0F.WIG 28 /r", "RM"],
  ["vmovaps", "ymm, ymm/m256", "VEX.256.0F.WIG 28 /r", "RM"],
  ["vmovaps", "zmm, zmm/m512", "EVEX.512.0F.W0 28 /r", "RM", "full-mem"],
  ["vmovups", "xmm, xmm/m128", "VEX.128.0F.WIG 10 /r", "RM"],
  ["vmovups", "ymm, ymm/m256", "VEX.256.0F.WIG 10 /r", "RM"],
  ["vmovups", "m128, xmm", "VEX.128.0F.WIG 11 /r", "MR"],
  ["vmovups", "m256, ymm", "VEX.256.0F.WIG 11 /r", "MR"],
  ["vmovups", "zmm, zmm/m512", "EVEX.512.0F.W0 10 /r", "RM", "full-mem"],
  ["vmovups", "m512, zmm", "EVEX.512.0F.W0 11 /r", "MR", "full-mem"],
  ["vmovss", "m32, xmm", "VEX.LIG.F3.0F.WIG 11 /r", "MR"],
  ["vmovss", "m32, xmm", "EVEX.LLIG.F3.0F.W0 11 /r", "MR", "scalar"],
  ["vmovq", "xmm, r64", "VEX.128.66.0F.W1 6E /r", "RM"],
  ["vmovmskps", "r32, ymm", "VEX.256.0F.WIG 50 /r", "RM"],
  ["kmovw", "r32, k", "VEX.L0.0F.W0 93 /r", "RM"],
  ["vextractf128", "xmm/m128, ymm, imm8", "VEX.256.66.0F3A.W0 19 /r ib", "MRI"],
  ["vbroadcastss", "xmm, m32", "VEX.128.66.0F38.W0 18 /r", "RM"],
  ["vbroadcastss", "ymm, m32", "VEX.256.66.0F38.W0 18 /r", "RM"],
  ["vbroadcastss", "zmm, xmm/m32", "EVEX.512.66.0F38.W0 18 /r", "RM", "scalar"],
  ["vbroadcastf32x4", "zmm, m128", "EVEX.512.66.0F38.W0 1A /r", "RM", "quarter-mem"],
  ["vinsertf128", "ymm, ymm, xmm/m128, imm8", "VEX.256.66.0F3A.W0 18 /r ib", "RVMI"],
  [
    "vinsertf32x4",
    "zmm, zmm, xmm/m128, imm8",
    "EVEX.512.66.0F3A.W0 18 /r ib",
    "RVMI",
    "quarter-mem",
  ],
  ["vpmovzxbd", "ymm, xmm/m64", "VEX.256.66.0F38.WIG 31 /r", "RM"],
  ["vpmovzxbd", "zmm, xmm/m128", "EVEX.512.66.0F38.WIG 31 /r", "RM", "quarter-mem"],
  ["vpmovsxbd", "ymm, xmm/m64", "VEX.256.66.0F38.WIG 21 /r", "RM"],
  ["vpmovsxbd", "zmm, xmm/m128", "EVEX.512.66.0F38.WIG 21 /r", "RM", "quarter-mem"],

  // Across lanes
  ["vpermps", "ymm, ymm, ymm/m256", "VEX.256.66.0F38.W0 16 /r", "RVM"],
  ["vpermps", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F38.W0 16 /r", "RVM", "full"],
  ["vpermilps", "ymm, ymm/m256, imm8u", "VEX.256.66.0F3A.W0 04 /r ib", "RMI"],
  ["vpermilps", "zmm, zmm/m512/m32bcst, imm8u", "EVEX.512.66.0F3A.W0 04 /r ib", "RMI", "full"],
  ["vperm2f128", "ymm, ymm, ymm/m256, imm8u", "VEX.256.66.0F3A.W0 06 /r ib", "RVMI"],
  [
    "vshuff32x4",
    "zmm, zmm, zmm/m512/m32bcst, imm8u",
    "EVEX.512.66.0F3A.W0 23 /r ib",
    "RVMI",
    "full",
  ],
  ["vunpcklps", "ymm, ymm, ymm/m256", "VEX.256.0F.WIG 14 /r", "RVM"],
  ["vunpcklps", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.0F.W0 14 /r", "RVM", "full"],
  ["vunpckhps", "ymm, ymm, ymm/m256", "VEX.256.0F.WIG 15 /r", "RVM"],
  ["vunpckhps", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.0F.W0 15 /r", "RVM", "full"],
  ["vunpcklpd", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG 14 /r", "RVM"],
  ["vunpcklpd", "zmm, zmm, zmm/m512", "EVEX.512.66.0F.W1 14 /r", "RVM", "full-mem"],
  ["vunpckhpd", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG 15 /r", "RVM"],
  ["vunpckhpd", "zmm, zmm, zmm/m512", "EVEX.512.66.0F.W1 15 /r", "RVM", "full-mem"],
  ["vcompressps", "zmm{k}{z}, zmm", "EVEX.512.66.0F38.W0 8A /r", "MR", "scalar"],

  // float32 arithmetic
  ["vaddps", "xmm, xmm, xmm/m128", "VEX.128.0F.WIG 58 /r", "RVM"],
  ["vaddps", "ymm, ymm, ymm/m256", "VEX.256.0F.WIG 58 /r", "RVM"],
  ["vaddps", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.0F.W0 58 /r", "RVM", "full"],
  ["vsubps", "xmm, xmm, xmm/m128", "VEX.128.0F.WIG 5C /r", "RVM"],
  ["vsubps", "ymm, ymm, ymm/m256", "VEX.256.0F.WIG 5C /r", "RVM"],
  ["vsubps", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.0F.W0 5C /r", "RVM", "full"],
  ["vmulps", "xmm, xmm, xmm/m128", "VEX.128.0F.WIG 59 /r", "RVM"],
  ["vmulps", "ymm, ymm, ymm/m256", "VEX.256.0F.WIG 59 /r", "RVM"],
  ["vmulps", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.0F.W0 59 /r", "RVM", "full"],
  ["vdivps", "xmm, xmm, xmm/m128", "VEX.128.0F.WIG 5E /r", "RVM"],
  ["vdivps", "ymm, ymm, ymm/m256", "VEX.256.0F.WIG 5E /r", "RVM"],
  ["vdivps", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.0F.W0 5E /r", "RVM", "full"],
  ["vminps", "xmm, xmm, xmm/m128", "VEX.128.0F.WIG 5D /r", "RVM"],
  ["vminps", "ymm, ymm, ymm/m256", "VEX.256.0F.WIG 5D /r", "RVM"],
  ["vminps", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.0F.W0 5D /r", "RVM", "full"],
  ["vmaxps", "xmm, xmm, xmm/m128", "VEX.128.0F.WIG 5F /r", "RVM"],
  ["vmaxps", "ymm, ymm, ymm/m256", "VEX.256.0F.WIG 5F /r", "RVM"],
  ["vmaxps", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.0F.W0 5F /r", "RVM", "full"],
  ["vsqrtps", "xmm, xmm/m128", "VEX.128.0F.WIG 51 /r", "RM"],
  ["vsqrtps", "ymm, ymm/m256", "VEX.256.0F.WIG 51 /r", "RM"],
  ["vsqrtps", "zmm, zmm/m512/m32bcst", "EVEX.512.0F.W0 51 /r", "RM", "full"],
  ["vroundps", "xmm, xmm/m128, imm8", "VEX.128.66.0F3A.WIG 08 /r ib", "RMI"],
  ["vroundps", "ymm, ymm/m256, imm8", "VEX.256.66.0F3A.WIG 08 /r ib", "RMI"],
  ["vrndscaleps", "zmm, zmm/m512/m32bcst, imm8", "EVEX.512.66.0F3A.W0 08 /r ib", "RMI", "full"],
  ["vfmadd213ps", "xmm, xmm, xmm/m128", "VEX.128.66.0F38.W0 A8 /r", "RVM"],
  ["vfmadd213ps", "ymm, ymm, ymm/m256", "VEX.256.66.0F38.W0 A8 /r", "RVM"],
  ["vfmadd213ps", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F38.W0 A8 /r", "RVM", "full"],
  ["vfmadd231ps", "xmm, xmm, xmm/m128", "VEX.128.66.0F38.W0 B8 /r", "RVM"],
  ["vfmadd231ps", "ymm, ymm, ymm/m256", "VEX.256.66.0F38.W0 B8 /r", "RVM"],
  ["vfmadd231ps", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F38.W0 B8 /r", "RVM", "full"],

  // Bits and int32
  ["vandps", "xmm, xmm, xmm/m128", "VEX.128.0F.WIG 54 /r", "RVM"],
  ["vandps", "ymm, ymm, ymm/m256", "VEX.256.0F.WIG 54 /r", "RVM"],
  ["vpandd", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F.W0 DB /r", "RVM", "full"],
  ["vorps", "xmm, xmm, xmm/m128", "VEX.128.0F.WIG 56 /r", "RVM"],
  ["vorps", "ymm, ymm, ymm/m256", "VEX.256.0F.WIG 56 /r", "RVM"],
  ["vpord", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F.W0 EB /r", "RVM", "full"],
  ["vxorps", "xmm, xmm, xmm/m128", "VEX.128.0F.WIG 57 /r", "RVM"],
  ["vxorps", "ymm, ymm, ymm/m256", "VEX.256.0F.WIG 57 /r", "RVM"],
  ["vpxord", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F.W0 EF /r", "RVM", "full"],
  ["vcvtps2dq", "xmm, xmm/m128", "VEX.128.66.0F.WIG 5B /r", "RM"],
  ["vcvtps2dq", "ymm, ymm/m256", "VEX.256.66.0F.WIG 5B /r", "RM"],
  ["vcvtps2dq", "zmm, zmm/m512/m32bcst", "EVEX.512.66.0F.W0 5B /r", "RM", "full"],
  ["vcvtdq2ps", "xmm, xmm/m128", "VEX.128.0F.WIG 5B /r", "RM"],
  ["vcvtdq2ps", "ymm, ymm/m256", "VEX.256.0F.WIG 5B /r", "RM"],
  ["vcvtdq2ps", "zmm, zmm/m512/m32bcst", "EVEX.512.0F.W0 5B /r", "RM", "full"],
  ["vpaddd", "xmm, xmm, xmm/m128", "VEX.128.66.0F.WIG FE /r", "RVM"],
  ["vpaddd", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG FE /r", "RVM"],
  ["vpaddd", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F.W0 FE /r", "RVM", "full"],
  ["vpsubd", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG FA /r", "RVM"],
  ["vpsubd", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F.W0 FA /r", "RVM", "full"],
  ["vpmulld", "ymm, ymm, ymm/m256", "VEX.256.66.0F38.WIG 40 /r", "RVM"],
  ["vpmulld", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F38.W0 40 /r", "RVM", "full"],
  ["vpminsd", "ymm, ymm, ymm/m256", "VEX.256.66.0F38.WIG 39 /r", "RVM"],
  ["vpminsd", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F38.W0 39 /r", "RVM", "full"],
  ["vpmaxsd", "ymm, ymm, ymm/m256", "VEX.256.66.0F38.WIG 3D /r", "RVM"],
  ["vpmaxsd", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F38.W0 3D /r", "RVM", "full"],
  ["vpsrad", "ymm, ymm, imm8", "VEX.256.66.0F.WIG 72 /4 ib", "VMI"],
  ["vpsrad", "zmm, zmm/m512/m32bcst, imm8", "EVEX.512.66.0F.W0 72 /4 ib", "VMI", "full"],
  ["vpslld", "xmm, xmm, imm8", "VEX.128.66.0F.WIG 72 /6 ib", "VMI"],
  ["vpslld", "ymm, ymm, imm8", "VEX.256.66.0F.WIG 72 /6 ib", "VMI"],
  ["vpslld", "zmm, zmm/m512/m32bcst, imm8", "EVEX.512.66.0F.W0 72 /6 ib", "VMI", "full"],

  // Bytes
  ["vpdpbusd", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F38.W0 50 /r", "RVM", "full"],
  ["vpmaddubsw", "ymm, ymm, ymm/m256", "VEX.256.66.0F38.WIG 04 /r", "RVM"],
  ["vpmaddwd", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG F5 /r", "RVM"],
  ["vpunpcklbw", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG 60 /r", "RVM"],
  ["vpunpcklbw", "zmm, zmm, zmm/m512", "EVEX.512.66.0F.WIG 60 /r", "RVM", "full-mem"],
  ["vpunpckhbw", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG 68 /r", "RVM"],
  ["vpunpckhbw", "zmm, zmm, zmm/m512", "EVEX.512.66.0F.WIG 68 /r", "RVM", "full-mem"],
  ["vpunpcklwd", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG 61 /r", "RVM"],
  ["vpunpcklwd", "zmm, zmm, zmm/m512", "EVEX.512.66.0F.WIG 61 /r", "RVM", "full-mem"],
  ["vpunpckhwd", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG 69 /r", "RVM"],
  ["vpunpckhwd", "zmm, zmm, zmm/m512", "EVEX.512.66.0F.WIG 69 /r", "RVM", "full-mem"],
  ["vpackssdw", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG 6B /r", "RVM"],
  ["vpackssdw", "zmm, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F.W0 6B /r", "RVM", "full"],
  ["vpackuswb", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG 67 /r", "RVM"],
  ["vpackuswb", "zmm, zmm, zmm/m512", "EVEX.512.66.0F.WIG 67 /r", "RVM", "full-mem"],
  ["vpmovusdb", "xmm/m128, zmm", "EVEX.512.F3.0F38.W0 11 /r", "MR", "quarter-mem"],

  // Comparisons and choices
  ["vcmpps", "xmm, xmm, xmm/m128, imm8", "VEX.128.0F.WIG C2 /r ib", "RVMI"],
  ["vcmpps", "ymm, ymm, ymm/m256, imm8", "VEX.256.0F.WIG C2 /r ib", "RVMI"],
  ["vcmpps", "k, zmm, zmm/m512/m32bcst, imm8", "EVEX.512.0F.W0 C2 /r ib", "RVMI", "full"],
  ["vpcmpeqd", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG 76 /r", "RVM"],
  ["vpcmpgtd", "ymm, ymm, ymm/m256", "VEX.256.66.0F.WIG 66 /r", "RVM"],
  ["vpcmpd", "k, zmm, zmm/m512/m32bcst, imm8", "EVEX.512.66.0F3A.W0 1F /r ib", "RVMI", "full"],
  ["vptestmd", "k, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F38.W0 27 /r", "RVM", "full"],
  ["vblendvps", "xmm, xmm, xmm/m128, xmm", "VEX.128.66.0F3A.W0 4A /r /is4", "RVMS"],
  ["vblendvps", "ymm, ymm, ymm/m256, ymm", "VEX.256.66.0F3A.W0 4A /r /is4", "RVMS"],
  ["vblendmps", "zmm{k}, zmm, zmm/m512/m32bcst", "EVEX.512.66.0F38.W0 65 /r", "RVM", "full"],
] as const;

/** A name that the assembler takes. */
export type Mnemonic = (typeof ROWS)[number][0];

/** A row, ready for encoding. */
export interface Instruction {
  /** Name, in lower case. */
  readonly mnemonic: Mnemonic;
  /** For each operand the alternatives, e.g. `["zmm", "m512", "m32bcst"]`. */
  readonly operands: readonly (readonly string[])[];
  /** The manual's form. */
  readonly form: string;
  /** One letter an operand. */
  readonly roles: string;
  /** Family of the prefix. */
  readonly prefix: "legacy" | "vex" | "evex";
  /** Opcode map: 0 for legacy (bytes are in `opcode`), else 1 (0F), 2 (0F38), 3 (0F3A). */
  readonly map: number;
  /** Implied prefix: 0 none, 1 = 66, 2 = F3, 3 = F2. */
  readonly pp: number;
  /** REX.W, VEX.W or EVEX.W. */
  readonly w: number;
  /** Vector length: 0 = 128 or ignored, 1 = 256, 2 = 512. */
  readonly length: number;
  /** Bytes before REX (legacy only). */
  readonly before: readonly number[];
  /** Opcode bytes. */
  readonly opcode: readonly number[];
  /** The `/digit` that extends the opcode, or `null`. */
  readonly digit: number | null;
  /** Bytes of the immediate or distance, 0 if none. */
  readonly immediateBytes: number;
  /** What scales an 8-bit displacement; 1 without EVEX. */
  readonly tuple: Tuple | null;
}

const MAPS: Readonly<Record<string, number>> = { "0F": 1, "0F38": 2, "0F3A": 3 };
const IMPLIED: Readonly<Record<string, number>> = { "66": 1, "F3": 2, "F2": 3 };
const LENGTHS: Readonly<Record<string, number>> = { "256": 1, "512": 2 };
const IMMEDIATES: Readonly<Record<string, number>> = {
  ib: 1,
  id: 4,
  io: 8,
  cb: 1,
  cd: 4,
  "/is4": 1,
};

/** Alternatives of each operand, e.g. `"r/m64, r64"` → `[["r64", "m64"], ["r64"]]`. */
function parseOperands(text: string): string[][] {
  if (text === "") return [];
  return text.split(", ").map((one) => {
    const general = /^r\/m(\d+)$/.exec(one);
    return general === null ? one.split("/") : [`r${general[1]}`, `m${general[1]}`];
  });
}

/** Reads the manual's form; legacy prefixes 66, F2 and F3 need no care since they come first in `before`. */
function parseForm(form: string): Omit<Instruction, "mnemonic" | "operands" | "roles" | "tuple"> {
  const tokens = form.replaceAll("+ rd", "").replaceAll(" + ", " ").split(" ");
  const first = tokens[0] ?? "";
  const dotted = first.split(".");
  const prefix = dotted[0] === "EVEX" ? "evex" : dotted[0] === "VEX" ? "vex" : "legacy";
  const rex = tokens.indexOf("REX.W");
  const start = prefix === "legacy" ? rex + 1 : 1;
  const rest = tokens.slice(start);
  const bytes = (of: string[]): number[] =>
    of.filter((token) => /^[0-9A-F]{2}$/.test(token)).map((token) => parseInt(token, 16));
  const digit = rest.find((token) => /^\/[0-7]$/.test(token));
  return {
    form,
    prefix,
    map: prefix === "legacy" ? 0 : lookUp(MAPS, dotted),
    pp: prefix === "legacy" ? 0 : lookUp(IMPLIED, dotted),
    w: rex >= 0 || dotted.includes("W1") ? 1 : 0,
    length: prefix === "legacy" ? 0 : lookUp(LENGTHS, dotted),
    before: bytes(tokens.slice(0, Math.max(rex, 0))),
    opcode: bytes(rest),
    digit: digit === undefined ? null : Number(digit.slice(1)),
    immediateBytes: lookUp(IMMEDIATES, rest),
  };
}

/** The value of the one token that the dictionary knows, or 0. */
function lookUp(values: Readonly<Record<string, number>>, tokens: readonly string[]): number {
  for (const token of tokens) {
    const value = values[token];
    if (value !== undefined) return value;
  }
  return 0;
}

/** {@linkcode ROWS}, parsed. */
export const INSTRUCTIONS: readonly Instruction[] = ROWS.map(
  ([mnemonic, operands, form, roles, tuple = null]) => ({
    mnemonic,
    operands: parseOperands(operands),
    roles,
    tuple,
    ...parseForm(form),
  }),
);
