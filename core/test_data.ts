/**
 * Where tests find published data, which they skip aloud when it is absent.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";

/**
 * The folder of published data, or `null` where there is none.
 *
 * It is named by the environment variable `SKIPZERO_DATA`, else it is `../shared/data` beside the repository.
 */
export function dataDirectory(): string | null {
  const path = named() ?? fromFileUrl(new URL("../../shared/data", import.meta.url));
  try {
    return Deno.statSync(path).isDirectory ? path : null;
  } catch (error) {
    const absent = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied;
    if (absent) return null;
    throw error;
  }
}

function named(): string | undefined {
  const permission = Deno.permissions.querySync({ name: "env", variable: "SKIPZERO_DATA" });
  return permission.state === "granted" ? Deno.env.get("SKIPZERO_DATA") || undefined : undefined;
}
