/**
 * Masks of published pruned networks: the Deep Learning Matrix Collection, as far as `--data` has it.
 *
 * @module
 */
import { join } from "@std/path";
import { PLAIN, type WantedLayer } from "./layer_cells.ts";

/** Layers with every mask below `<data>/dlmc`, named by their folders, in natural order; none without the folder. */
export function publishedMasks(data: string | null): WantedLayer[] {
  if (data === null) return [];
  const root = join(data, "dlmc");
  return filesIn(root, "").map((path): WantedLayer => {
    const [rows, cols, kept] = headerOf(join(root, path));
    // What all names of the collection share tells nothing.
    const name = path.replace(/\.smtx$/, "").replace("magnitude_pruning/", "")
      .replace("_fully_connected", "");
    const mask = { path: join(root, path), name };
    // Two digits, as the collection's own folders have them.
    const sparsity = Math.round(100 * (1 - kept / (rows * cols))) / 100;
    const sizes = { rows, cols, lanes: LANES };
    return {
      layer: { ...PLAIN, op: "linear", pattern: "unstructured", sparsity, ...sizes, mask },
      ...rows === 2048 && cols === 512 && path.includes("transformer/") && sparsity === 0.9
        ? { tags: ["dlmc", "figures"], goals: [FIGURE] }
        : { tags: ["dlmc"] },
      tiers: ["native"],
    };
  });
}

const LANES = 384;

/** What kernels are to reach on the masks of a transformer's feed-forward layers at 90 %. */
const FIGURE = { tier: "native", over: "onnxruntime-node", ratio: 4.5 } as const;

function filesIn(root: string, below: string): string[] {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(join(root, below))];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return entries.sort((a, b) => a.name < b.name ? -1 : 1).flatMap(({ name, isDirectory }) => {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) return filesIn(root, path);
    return name.endsWith(".smtx") ? [path] : [];
  });
}

/** Rows, columns and non-zeros from the first line. */
function headerOf(path: string): [number, number, number] {
  using file = Deno.openSync(path);
  const bytes = new Uint8Array(64);
  const line = new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0)).split(
    "\n",
  )[0]!;
  const [rows = 0, cols = 0, kept = 0] = line.split(",").map(Number);
  if (rows > 0 && cols > 0 && kept >= 0) return [rows, cols, kept];
  throw new SyntaxError(`Cannot read mask ${path}: "${line}", expected rows, columns, non-zeros`);
}
