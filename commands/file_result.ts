/**
 * Files a result document, unless the same measurement is filed already.
 *
 * @module
 */
import { hashOf } from "../core/mod.ts";
import { listResults, nameOfResult, type Result, writeResult } from "../results/mod.ts";

/**
 * Files a result. If nothing was trained or measured anew, the document that says the same is kept, so that histories do not
 * show one measurement twice.
 *
 * @param root Folder of all results.
 * @returns Its path, and whether it is new.
 */
export async function fileResult(
  root: string,
  machine: string,
  result: Result,
): Promise<{ readonly path: string; readonly isNew: boolean }> {
  const same = contentOf(result);
  const stored = await listResults(root, { machine, name: nameOfResult(result) });
  const before = stored.find((one) => contentOf(one.result) === same);
  if (before !== undefined) return { path: before.path, isNew: false };
  return { path: await writeResult(root, machine, result), isNew: true };
}

/** Everything but the origin, which names the moment at which it was collected. */
function contentOf(result: Result): string {
  return hashOf({ ...result, provenance: null });
}
