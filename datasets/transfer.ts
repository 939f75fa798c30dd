/**
 * From an address to an open file, through broken connections: the only code that reaches the network.
 *
 * @module
 */
import { dirname } from "@std/path";
import { EnvironmentError, fileFailure } from "../core/mod.ts";
import { checkDisk } from "./preflight.ts";

/** Where bytes come from, and with how much patience. */
export interface TransferOptions {
  /** Address; redirections are followed. */
  readonly url: string;
  /** Ends the transfer. */
  readonly signal?: AbortSignal;
  /** Told with every piece that arrives how far it is. */
  readonly onProgress?: (progress: TransferProgress) => void;
  /** Milliseconds before the second attempt, doubled for each further one; default 1,000. */
  readonly pauseMs?: number;
  /** Milliseconds without a byte after which the connection counts as broken; default 30,000. */
  readonly patienceMs?: number;
}

/** How far a transfer is. */
export interface TransferProgress {
  /** Bytes that are there. */
  readonly doneBytes: number;
  /** Bytes in all, or `null` if the server does not say. */
  readonly totalBytes: number | null;
}

/** Smaller files fill a disk soon enough to be told by the write itself. */
const WORTH_CHECKING_BYTES = 2 ** 24;

/** Attempts in a row that bring nothing before it is given up. */
const ATTEMPTS = 4;

/** The connection ended early or the server is busy: worth another attempt. */
class Interrupted extends Error {}

/**
 * Appends to a file what it lacks of the content of an address, or writes it anew if the server sends no ranges.
 *
 * @param path The file's path, for messages.
 * @throws {EnvironmentError} If there is no connection, permission, such address or disk space.
 */
export async function receive(
  file: Deno.FsFile,
  path: string,
  options: TransferOptions,
): Promise<void> {
  const { signal, url, pauseMs = 1000 } = options;
  let size = (await file.stat()).size;
  for (let failures = 0;;) {
    try {
      return await receiveOnce(file, path, options);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Interrupted)) throw error;
      const before = size;
      size = (await file.stat()).size;
      failures = size > before ? 1 : failures + 1;
      if (failures >= ATTEMPTS) {
        throw new EnvironmentError(
          `Cannot download ${url}: ${error.message}, ${ATTEMPTS} times in a row; ${size} bytes are there`,
          { cause: error, remedy: "the same command again; it goes on where this one stopped" },
        );
      }
      await pause(pauseMs * 2 ** (failures - 1), signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

async function receiveOnce(
  file: Deno.FsFile,
  path: string,
  options: TransferOptions,
): Promise<void> {
  const { signal, url, patienceMs = 30_000 } = options;
  const silence = new AbortController();
  const stop = (): void => silence.abort();
  let timer = setTimeout(stop, patienceMs);
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(stop, patienceMs);
  };
  try {
    const ended = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
    const have = (await file.stat()).size;
    const response = await request(url, have, ended, path);
    const start = await startOf(response, have, file, url, path);
    if (start === null) return;
    await store(response, start, file, path, (progress) => {
      heard();
      options.onProgress?.(progress);
    });
  } catch (error) {
    if (!silence.signal.aborted) throw error;
    throw new Interrupted(`the server sent nothing for ${patienceMs} ms`);
  } finally {
    clearTimeout(timer);
  }
}

/** What helps where a file cannot be had: another copy, which is checked and then taken for the download. */
function byHand(path: string): string {
  return `put the file at ${path.replace(/\.part$/, "")}, if you have it`;
}

async function request(
  url: string,
  have: number,
  signal: AbortSignal,
  path: string,
): Promise<Response> {
  // Compressed on the way, a file would have another length and no ranges.
  const headers = new Headers({ "accept-encoding": "identity" });
  if (have > 0) headers.set("range", `bytes=${have}-`);
  try {
    return await fetch(url, { headers, signal });
  } catch (error) {
    if (!(error instanceof TypeError)) throw fileFailure("download", url, error);
    const { message } = error.cause instanceof Error ? error.cause : error;
    const reason = message.replace(/^error sending request for url \([^)]*\): /, "");
    throw new EnvironmentError(
      `Cannot download ${url}: ${reason}, expected a connection to ${new URL(url).host}`,
      { cause: error, remedy: `the same command where there is a connection, or ${byHand(path)}` },
    );
  }
}

/** Where in the file the body belongs, or `null` if the file is complete. */
async function startOf(
  response: Response,
  have: number,
  file: Deno.FsFile,
  url: string,
  path: string,
): Promise<number | null> {
  const { status, statusText } = response;
  const range = response.headers.get("content-range");
  if (status === 200) return 0;
  if (status === 206 && range?.startsWith(`bytes ${have}-`)) return have;
  await response.body?.cancel();
  if (status === 416 && range === `bytes */${have}`) return null;
  const found = `the server says ${status} ${statusText}`.trim();
  if (status === 206 || status === 416) {
    // What is there cannot be gone on with; the next attempt asks for everything.
    await file.truncate();
    throw new Interrupted(found);
  }
  if (status === 408 || status === 429 || status >= 500) throw new Interrupted(found);
  throw new EnvironmentError(`Cannot download ${url}: ${found}, expected 200 OK`, {
    remedy: byHand(path),
  });
}

async function store(
  response: Response,
  start: number,
  file: Deno.FsFile,
  path: string,
  onProgress: (progress: TransferProgress) => void,
): Promise<void> {
  await file.truncate(start);
  await file.seek(start, Deno.SeekMode.Start);
  const length = response.headers.get("content-length");
  const totalBytes = length === null ? null : start + Number(length);
  const left = Number(length ?? 0);
  if (left >= WORTH_CHECKING_BYTES) await checkDisk(path, dirname(path), left);
  let doneBytes = start;
  for await (const chunk of chunksOf(response)) {
    await write(file, path, chunk);
    doneBytes += chunk.length;
    onProgress({ doneBytes, totalBytes });
  }
}

async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((error) => {
        if (!(error instanceof TypeError)) throw error;
        throw new Interrupted(`the connection broke (${error.message})`);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Leaves no connection open when writing failed.
    await chunks.return?.();
  }
}

async function write(file: Deno.FsFile, path: string, bytes: Uint8Array): Promise<void> {
  try {
    for (let written = 0; written < bytes.length;) {
      written += await file.write(bytes.subarray(written));
    }
  } catch (error) {
    throw fileFailure("write", path, error);
  }
}
