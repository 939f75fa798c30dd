/**
 * Writes a WebAssembly module: imported memory, functions, exports, names.
 *
 * Source: WebAssembly Core Specification 3.0, 5.5 Modules; 7.7.1 Name Section.
 *
 * @module
 */
import { type Code, VALUE_TYPES, type ValueType } from "./code.ts";
import { pushUnsigned } from "./leb128.ts";

/** A function of a module. */
export interface ModuleFunction {
  /** Shown in stack traces; also the name of the export if {@linkcode ModuleFunction.exported}. */
  readonly name: string;
  /** Types of the parameters: the first locals. */
  readonly parameters: readonly ValueType[];
  /** Types of the results. */
  readonly results: readonly ValueType[];
  /** Locals and instructions. */
  readonly code: Code;
  /** Whether the host can call it. */
  readonly exported: boolean;
}

/** The memory that a module imports as `env.memory`. */
export interface ModuleMemory {
  /** Size in pages of 64 KiB; it never grows. */
  readonly pages: number;
  /** Whether several threads share it. */
  readonly shared: boolean;
}

/** A function without results that a module imports from `env`. */
export interface ImportedFunction {
  /** Its name there. */
  readonly name: string;
  /** Types of the parameters. */
  readonly parameters: readonly ValueType[];
}

// 5.5.2: section numbers.
const SECTION = { custom: 0, type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

// 5.5.17: `\0asm`, version 1.
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00] as const;

/**
 * The bytes of a module. Imported functions have the first function indexes, those of the list the next.
 *
 * @param memory Left out if no function touches memory.
 */
export function encodeModule(
  functions: readonly ModuleFunction[],
  memory?: ModuleMemory,
  imported: readonly ImportedFunction[] = [],
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [...HEADER];
  const first = imported.length;
  // One type for each function: a type costs 4 to 6 bytes, and equal types need not be shared.
  const types = [...imported.map(({ parameters }) => ({ parameters, results: [] })), ...functions];
  pushSection(bytes, SECTION.type, vector(types.map(functionType)));
  const imports = imported.map(functionImport);
  if (memory !== undefined) imports.push(memoryImport(memory));
  if (imports.length > 0) pushSection(bytes, SECTION.import, vector(imports));
  pushSection(bytes, SECTION.function, vector(functions.map((_, i) => unsigned(first + i))));
  pushSection(bytes, SECTION.export, vector(exportsOf(functions, first)));
  pushSection(bytes, SECTION.code, vector(functions.map(codeEntry)));
  pushSection(bytes, SECTION.custom, nameSection([...imported, ...functions]));
  return Uint8Array.from(bytes);
}

function functionType(entry: Pick<ModuleFunction, "parameters" | "results">): number[] {
  // 5.3.7: 0x60 starts a function type.
  return [0x60, ...valueTypes(entry.parameters), ...valueTypes(entry.results)];
}

function valueTypes(types: readonly ValueType[]): number[] {
  return vector(types.map((type) => [VALUE_TYPES[type]]));
}

function functionImport({ name }: ImportedFunction, type: number): number[] {
  return [...text("env"), ...text(name), 0x00, ...unsigned(type)];
}

function memoryImport(memory: ModuleMemory): number[] {
  // 5.3.10: limits flag 0x01 has a maximum, 0x03 (threads proposal) is also shared.
  const limits = [
    memory.shared ? 0x03 : 0x01,
    ...unsigned(memory.pages),
    ...unsigned(memory.pages),
  ];
  return [...text("env"), ...text("memory"), 0x02, ...limits];
}

function exportsOf(functions: readonly ModuleFunction[], first: number): number[][] {
  return functions.flatMap((entry, index) =>
    entry.exported ? [[...text(entry.name), 0x00, ...unsigned(first + index)]] : []
  );
}

function codeEntry(entry: ModuleFunction): number[] {
  const locals = vector(entry.code.locals.map((type) => [1, VALUE_TYPES[type]]));
  const instructions = entry.code.bytes();
  const bytes = unsigned(locals.length + instructions.length + 1);
  append(bytes, locals);
  append(bytes, instructions);
  bytes.push(0x0b); // end
  return bytes;
}

function nameSection(functions: readonly { readonly name: string }[]): number[] {
  const names = vector(
    functions.map((entry, index) => [...unsigned(index), ...text(entry.name)]),
  );
  const bytes = text("name");
  pushSection(bytes, 1, names); // subsection 1: function names
  return bytes;
}

function pushSection(bytes: number[], id: number, content: readonly number[]): void {
  bytes.push(id);
  pushUnsigned(bytes, content.length);
  append(bytes, content);
}

/** A `vec` of the format: the number of entries, then the entries. */
function vector(entries: readonly (readonly number[])[]): number[] {
  const bytes = unsigned(entries.length);
  for (const entry of entries) append(bytes, entry);
  return bytes;
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...unsigned(bytes.length), ...bytes];
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  pushUnsigned(bytes, value);
  return bytes;
}

/** Not `push(...more)`: a spread of a long body would overflow the stack. */
function append(bytes: number[], more: readonly number[]): void {
  for (const byte of more) bytes.push(byte);
}
