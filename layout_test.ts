/**
 * The architecture, as a test: who may import whom, and who may touch what.
 */
import { assertEquals } from "@std/assert";
import { dirname, fromFileUrl, join, relative, resolve } from "@std/path";
import { loadRecipes } from "./recipes/mod.ts";
import { readResult } from "./results/mod.ts";

const ROOT = fromFileUrl(new URL(".", import.meta.url));

/** What each folder may import besides itself. `main.ts` and `layout_test.ts` stand in `.`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  recipes: ["core"],
  datasets: ["core"],
  kernels: ["core"],
  models: ["core"],
  results: ["core"],
  engines: ["core", "kernels", "models"],
  training: ["core", "recipes", "datasets", "kernels", "models", "engines"],
  suites: ["core", "recipes", "datasets", "kernels", "models", "engines", "results"],
  reports: ["core", "recipes", "results"],
  commands: [
    "core",
    "recipes",
    "datasets",
    "kernels",
    "models",
    "engines",
    "training",
    "suites",
    "results",
    "reports",
  ],
  ".": ["core", "recipes", "results", "commands"],
};

/** Which folders, or files, may import each outside package. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@std/assert": ["."],
  "@std/path": ["."],
  "@std/cli": ["commands"],
  "@std/csv": ["results", "reports"],
  "@bufbuild/protobuf": ["models"],
  "@huggingface/tokenizers": ["datasets"],
  "@jsquash/jpeg": ["datasets"],
  "@tensorflow/tfjs": ["training", "engines/tfjs"],
  "@tensorflow/tfjs-backend-wasm": ["training", "engines/tfjs"],
  "ajv": ["recipes", "results", "reports"],
  "canonicalize": ["core"],
  "onnxruntime-node": ["engines", "models"],
  "onnxruntime-web": ["engines", "models"],
  "preact": ["reports"],
  "preact-render-to-string": ["reports"],
  "vega": ["reports"],
  "vega-lite": ["reports"],
  "yaml": ["recipes"],
  "zod": ["recipes", "results"],
};

interface Source {
  /** Path below the root, `/` between folders. */
  readonly path: string;
  /** Top folder, `.` for files of the root. */
  readonly folder: string;
  readonly text: string;
  /** Without comments, so that words in them count for nothing. */
  readonly code: string;
}

const sources = await readSources("");

async function readSources(below: string): Promise<Source[]> {
  const found: Source[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, below))) {
    if (name.startsWith(".")) continue;
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) found.push(...await readSources(path));
    if (!/\.tsx?$/.test(name) || path.startsWith("types/")) continue;
    const text = await Deno.readTextFile(join(ROOT, path));
    const folder = path.includes("/") ? path.split("/")[0]! : ".";
    found.push({ path, folder, text, code: withoutComments(text) });
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

/** Specifiers of static and dynamic imports, and of re-exports. */
function importsOf({ code }: Source): string[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)"([\w@./:-]+)"/g;
  return [...code.matchAll(pattern)].map((match) => match[1]!);
}

function relativeImports(source: Source): { readonly to: string; readonly folder: string }[] {
  return importsOf(source).filter((specifier) => specifier.startsWith(".")).map((specifier) => {
    const to = relative(ROOT, resolve(ROOT, dirname(source.path), specifier));
    return { to, folder: to.includes("/") ? to.split("/")[0]! : "." };
  });
}

/** `zod` of `zod/v4`, `@std/csv` of `@std/csv`. */
function packageOf(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => place === "." || path === place || path.startsWith(`${place}/`));
}

Deno.test("every folder of code is in the import table", () => {
  const folders = new Set(sources.map(({ folder }) => folder));
  assertEquals([...folders].filter((folder) => MAY_IMPORT[folder] === undefined), []);
});

Deno.test("folders import only those below them", () => {
  const violations = sources.flatMap((source) =>
    relativeImports(source)
      .filter(({ folder }) => folder !== source.folder)
      .filter(({ folder }) => !MAY_IMPORT[source.folder]?.includes(folder))
      .map(({ to }) => `${source.path} imports ${to}`)
  );
  assertEquals(violations, []);
});

/** Doors besides `<folder>/mod.ts`: what differentiates graphs is no engine, and loads no other. */
const INNER_DOORS = ["engines/tfjs/mod.ts"];

Deno.test("folders are entered through mod.ts only", () => {
  const violations = sources.flatMap((source) =>
    relativeImports(source)
      .filter(({ folder }) => folder !== source.folder)
      .filter(({ to, folder }) => to !== `${folder}/mod.ts` && !INNER_DOORS.includes(to))
      .map(({ to }) => `${source.path} imports ${to}`)
  );
  assertEquals(violations, []);
});

Deno.test("outside packages are imported only where the table says", () => {
  const violations = sources.flatMap((source) =>
    importsOf(source)
      .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
      .filter((specifier) => !isIn(source.path, PACKAGES[packageOf(specifier)] ?? ["nowhere"]))
      .map((specifier) => `${source.path} imports ${specifier}`)
  );
  assertEquals(violations, []);
});

Deno.test("packages are named in deno.json, not in the code", () => {
  const violations = sources.filter((source) =>
    importsOf(source).some((specifier) => /^(npm|jsr|https?):/.test(specifier))
  );
  assertEquals(violations.map(({ path }) => path), []);
});

/** Sources, tests aside, that match and lie outside the places allowed. */
function uses(pattern: RegExp, allowed: readonly string[]): string[] {
  return sources
    .filter(({ path }) => !/_test\.tsx?$/.test(path) && !isIn(path, allowed))
    .filter(({ code }) => pattern.test(code))
    .map(({ path }) => path);
}

Deno.test("native code is called in kernels/x64 only", () => {
  assertEquals(uses(/\bDeno\.(dlopen|UnsafePointer|UnsafeFnPointer)/, ["kernels/x64"]), []);
});

Deno.test("the network is reached in datasets only", () => {
  const reach = /(?<![.\w])fetch\(|\bDeno\.(connect|connectTls|listen|serve)\b|\bWebSocket\(/;
  assertEquals(uses(reach, ["datasets"]), []);
});

Deno.test("processes are started for stages, measuring, probes and golden files only", () => {
  const starters = ["commands", "suites", "results", "kernels/x64/golden"];
  assertEquals(uses(/\bDeno\.Command\b/, starters), []);
});

Deno.test("sources hold no unfinished work", () => {
  const marks = new RegExp(
    `\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`,
  );
  assertEquals(sources.filter(({ text }) => marks.test(text)).map(({ path }) => path), []);
});

Deno.test("every source has a module document", () => {
  const bare = sources.filter(({ path, text }) =>
    !/_test\.tsx?$/.test(path) && !path.endsWith("_pb.ts") &&
    !text.slice(0, text.indexOf("*/")).includes("@module")
  );
  assertEquals(bare.map(({ path }) => path), []);
});

Deno.test("every recipe parses", async () => {
  const names = (await loadRecipes()).map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  assertEquals(names.includes("bert-mini-4x1-sst2"), true);
});

Deno.test("every committed result loads", async () => {
  for (const path of await jsonFiles("results/published")) await readResult(join(ROOT, path));
});

async function jsonFiles(below: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(join(ROOT, below))) {
      if (isDirectory) found.push(...await jsonFiles(`${below}/${name}`));
      else if (name.endsWith(".json")) found.push(`${below}/${name}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}

Deno.test("there is no package.json, which would make Deno look for node_modules", async () => {
  const names = (await Array.fromAsync(Deno.readDir(ROOT))).map(({ name }) => name);
  assertEquals(names.filter((name) => name === "package.json" || name === "node_modules"), []);
});
