/**
 * Where a result comes from: everything that may explain why another run gives other numbers.
 *
 * @module
 */
import { isAbsolute, join, relative } from "@std/path";
import { canonicalJson, fileFailure, readJson, sha256File, sha256Hex } from "../core/mod.ts";
import { type Machine, probeMachine } from "./machine.ts";
import { probe, type Probed, runText } from "./probe.ts";

/** What only the caller knows. */
export interface ProvenanceRequest {
  /** Folder of the project; what it holds is hashed as sources and lock file. */
  readonly root: string;
  /** Files that went in by what they are, e.g. `recipe`, `weights seed 1`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Command line as it was given. */
  readonly flags?: readonly string[];
  /** Seeds of all chance. */
  readonly seeds?: readonly number[];
  /** How it was measured: processes, rounds, budgets. */
  readonly protocol?: unknown;
  /** Versions that only an engine knows, e.g. `onnxruntime`. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** A file that went in. */
export interface FileIdentity {
  /** Where it was, below the project's folder where it lies there. */
  readonly path: string;
  /** Its content. */
  readonly sha256: Probed<string>;
}

/** Origin of a result. What could not be learnt is `null` with a reason. */
export interface Provenance {
  /** UTC, e.g. `2026-01-31T12:00:00.000Z`. */
  readonly collectedAt: string;
  /** Files that went in, the lock file among them. */
  readonly files: Readonly<Record<string, FileIdentity>>;
  /** sha256 over paths and contents of all TypeScript sources of the project. */
  readonly sources: Probed<string>;
  /** State of the git repository. */
  readonly git: Probed<{
    /** Commit that is checked out. */
    readonly commit: string;
    /** Whether tracked files differ from it. */
    readonly dirty: boolean;
  }>;
  /** What it ran on. */
  readonly machine: Machine;
  /** Deno, V8, TypeScript, and what the caller named. */
  readonly versions: Readonly<Record<string, string>>;
  /** Version of each npm package of the project. */
  readonly packages: Probed<Readonly<Record<string, string>>>;
  /** Command line. */
  readonly flags: readonly string[];
  /** Seeds of all chance. */
  readonly seeds: readonly number[];
  /** How it was measured. */
  readonly protocol: unknown;
  /** More may stand beside. */
  readonly [more: string]: unknown;
}

/**
 * Collects the origin of a result. Asks for no permission: what it may not learn is `null` with a reason.
 *
 * Fullest with `--allow-read --allow-sys --allow-run=git,lscpu,cat`.
 */
export async function collectProvenance(request: ProvenanceRequest): Promise<Provenance> {
  const { root, files = {}, flags = [], seeds = [], protocol = null, versions = {} } = request;
  const named = Object.entries({ ...files, lock: files.lock ?? join(root, "deno.lock") });
  const identities = await Promise.all(named.map(async ([name, path]) => {
    const sha256 = await probe(() => hashFile(path));
    return [name, { path: isAbsolute(path) ? relative(root, path) : path, sha256 }] as const;
  }));
  return {
    collectedAt: new Date().toISOString(),
    files: Object.fromEntries(identities),
    sources: await probe(() => hashSources(root)),
    git: await probe(() => gitState(root)),
    machine: await probeMachine(),
    versions: { ...Deno.version, ...versions },
    packages: await probe(() => packageVersions(join(root, "deno.json"))),
    flags,
    seeds,
    protocol,
  };
}

async function hashFile(path: string): Promise<string> {
  try {
    return await sha256File(path);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
}

/**
 * sha256 over the TypeScript sources below a folder, whatever the order in which the system lists them.
 *
 * Folders whose name begins with a dot, and `node_modules`, are left out.
 */
export async function hashSources(root: string): Promise<string> {
  const hashes: Record<string, string> = {};
  for (const path of await sourcesBelow(root, "")) {
    hashes[path] = await sha256File(join(root, path));
  }
  return sha256Hex(canonicalJson(hashes));
}

async function sourcesBelow(root: string, below: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(join(root, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isFile && /\.tsx?$/.test(name)) found.push(path);
    const inside = isDirectory && !name.startsWith(".") && name !== "node_modules";
    if (inside) found.push(...await sourcesBelow(root, path));
  }
  return found;
}

async function gitState(root: string): Promise<{ commit: string; dirty: boolean }> {
  const commit = await runText("git", "-C", root, "rev-parse", "HEAD");
  const changes = await runText("git", "-C", root, "status", "--porcelain", "--untracked-files=no");
  return { commit: commit.trim(), dirty: changes.trim() !== "" };
}

/** Versions in the import map: `npm:zod@4.6.7` → `zod: 4.6.7`. */
async function packageVersions(path: string): Promise<Record<string, string>> {
  const { imports = {} } = await readJson(path) as { imports?: Record<string, string> };
  const packages = Object.values(imports).flatMap((specifier) => {
    const match = /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(specifier);
    return match ? [[match[1]!, match[2]!] as const] : [];
  });
  return Object.fromEntries(packages);
}
