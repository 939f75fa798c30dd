import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { EnvironmentError, sha256Hex } from "../core/mod.ts";
import { download, type DownloadOptions } from "./download.ts";

const CONTENT = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 2654435761) >>> 13);
const SHA256 = sha256Hex(CONTENT);

interface Site {
  /** Where `CONTENT` is to go. */
  readonly path: string;
  readonly part: string;
  /** `Range` of each request, `null` where there was none. */
  readonly ranges: (string | null)[];
  /** Downloads `CONTENT`. */
  get(more?: Partial<DownloadOptions>): Promise<"present" | "downloaded">;
}

/** A server on this machine and a folder, for one test. */
async function withSite(
  answer: (request: Request, nth: number) => Response | Promise<Response>,
  test: (site: Site) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const ranges: (string | null)[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, onError: () => new Response(null) },
    (request) => answer(request, ranges.push(request.headers.get("range")) - 1),
  );
  const path = join(folder, "below", "file.bin");
  const url = `http://127.0.0.1:${server.addr.port}/file.bin`;
  try {
    await test({
      path,
      part: `${path}.part`,
      ranges,
      get: (more) => download({ url, sha256: SHA256, path, pauseMs: 1, ...more }),
    });
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Answers ranges as a server should. */
function ranged(request: Request, content: Uint8Array<ArrayBuffer> = CONTENT): Response {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
  if (start === 0) return new Response(content);
  const total = content.length;
  if (start >= total) {
    return new Response(null, { status: 416, headers: { "content-range": `bytes */${total}` } });
  }
  const headers = { "content-range": `bytes ${start}-${total - 1}/${total}` };
  return new Response(content.subarray(start), { status: 206, headers });
}

/** Announces everything, sends the given bytes, then breaks the connection. */
function breaking(bytes: Uint8Array, announced: number, headers: HeadersInit = {}): Response {
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      if (!sent) {
        sent = true;
        return controller.enqueue(bytes);
      }
      // Lets the bytes out before the connection goes.
      await new Promise((resolve) => setTimeout(resolve, 30));
      controller.error(new Error("broken on purpose"));
    },
  });
  const status = "content-range" in headers ? 206 : 200;
  return new Response(body, { status, headers: { "content-length": `${announced}`, ...headers } });
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function failure(promise: Promise<unknown>): Promise<EnvironmentError> {
  return assertRejects(() => promise, EnvironmentError);
}

Deno.test("download() brings a file, and does not bring it again", async () => {
  await withSite((request) => ranged(request), async ({ get, path, part, ranges }) => {
    const steps: (number | null)[][] = [];
    const onProgress: DownloadOptions["onProgress"] = (step) =>
      steps.push([step.doneBytes, step.totalBytes]);
    assertEquals(await get({ onProgress }), "downloaded");
    assertEquals(await Deno.readFile(path), CONTENT);
    assertEquals(steps.at(-1), [CONTENT.length, CONTENT.length]);
    assertEquals(await exists(part), false);
    assertEquals(await get(), "present");
    assertEquals(ranges, [null]);
  });
});

Deno.test("download() replaces a file with other content", async () => {
  await withSite((request) => ranged(request), async ({ get, path }) => {
    await get();
    await Deno.writeTextFile(path, "changed");
    assertEquals(await get(), "downloaded");
    assertEquals(await Deno.readFile(path), CONTENT);
  });
});

Deno.test("download() goes on where a broken connection stopped", async () => {
  const breaks = (request: Request, nth: number): Response => {
    if (nth === 0) return breaking(CONTENT.subarray(0, 100_000), CONTENT.length);
    if (nth > 1) return ranged(request);
    const headers = { "content-range": `bytes 100000-${CONTENT.length - 1}/${CONTENT.length}` };
    return breaking(CONTENT.subarray(100_000, 150_000), CONTENT.length - 100_000, headers);
  };
  await withSite(breaks, async ({ get, path, ranges }) => {
    assertEquals(await get(), "downloaded");
    assertEquals(await Deno.readFile(path), CONTENT);
    assertEquals(ranges, [null, "bytes=100000-", "bytes=150000-"]);
  });
});

Deno.test("download() goes on with the part of an earlier run", async () => {
  await withSite((request) => ranged(request), async ({ get, path, part, ranges }) => {
    await get();
    await Deno.rename(path, part);
    await Deno.truncate(part, 1234);
    let first: number | undefined;
    await get({ onProgress: ({ doneBytes }) => first ??= doneBytes });
    assertEquals(await Deno.readFile(path), CONTENT);
    assertEquals(ranges, [null, "bytes=1234-"]);
    assertEquals(first! > 1234, true);
  });
});

Deno.test("download() takes a part that is complete already, without a request", async () => {
  await withSite((request) => ranged(request), async ({ get, path, part, ranges }) => {
    await get();
    await Deno.rename(path, part);
    assertEquals(await get(), "downloaded");
    assertEquals(ranges, [null]);
  });
});

Deno.test("download() starts over if the server ignores Range", async () => {
  await withSite(() => new Response(CONTENT), async ({ get, path, part, ranges }) => {
    await get();
    await Deno.rename(path, part);
    await Deno.truncate(part, 1234);
    await get();
    assertEquals(await Deno.readFile(path), CONTENT);
    assertEquals(ranges, [null, "bytes=1234-"]);
  });
});

Deno.test("download() starts over if what is there cannot be gone on with", async (t) => {
  const answers = {
    "it is of another version": CONTENT.slice(0, 1000).fill(7),
    "it is longer than the file": new Uint8Array(CONTENT.length + 5),
    "it is as long as the file, but another": new Uint8Array(CONTENT.length),
  };
  for (const [name, there] of Object.entries(answers)) {
    await t.step(name, () =>
      withSite((request) => ranged(request), async ({ get, path, part }) => {
        await get();
        await Deno.remove(path);
        await Deno.writeFile(part, there);
        assertEquals(await get(), "downloaded");
        assertEquals(await Deno.readFile(path), CONTENT);
      }));
  }
  await t.step("the server sends another range than was asked for", async () => {
    const other = (request: Request): Response => {
      if (!request.headers.has("range")) return ranged(request);
      const headers = { "content-range": `bytes 5-${CONTENT.length - 1}/${CONTENT.length}` };
      return new Response(CONTENT.subarray(5), { status: 206, headers });
    };
    await withSite(other, async ({ get, path, part, ranges }) => {
      await get();
      await Deno.rename(path, part);
      await Deno.truncate(part, 1234);
      await get();
      assertEquals(await Deno.readFile(path), CONTENT);
      assertEquals(ranges, [null, "bytes=1234-", null]);
    });
  });
});

Deno.test("download() refuses other content and leaves nothing of it", async () => {
  await withSite(() => new Response("an error page"), async ({ get, path, part }) => {
    const error = await failure(get());
    const found = sha256Hex("an error page");
    assertStringIncludes(error.message, `sha256 is ${found}, expected ${SHA256}`);
    assertStringIncludes(error.remedy!, path);
    assertEquals([await exists(path), await exists(part)], [false, false]);
  });
});

Deno.test("download() names the server's refusal, at once", async () => {
  const refuse = (): Response => new Response(null, { status: 404, statusText: "Not Found" });
  await withSite(refuse, async ({ get, ranges, path }) => {
    const { message, remedy } = await failure(get());
    assertMatch(
      message,
      /^Cannot download http:.*: the server says 404 Not Found, expected 200 OK$/,
    );
    assertEquals(remedy, `put the file at ${path}, if you have it`);
    assertEquals(ranges.length, 1);
  });
});

Deno.test("download() asks a busy server again", async () => {
  const busy = (request: Request, nth: number): Response =>
    nth < 3 ? new Response(null, { status: 503 }) : ranged(request);
  await withSite(busy, async ({ get, ranges }) => {
    assertEquals(await get(), "downloaded");
    assertEquals(ranges.length, 4);
  });
});

Deno.test("download() gives up if attempt after attempt brings nothing, and keeps what is there", async () => {
  const breaks = (request: Request, nth: number): Response =>
    nth === 0
      ? breaking(CONTENT.subarray(0, 100), CONTENT.length)
      : nth < 4
      ? new Response(null, { status: 500 })
      : ranged(request);
  await withSite(breaks, async ({ get, part, path, ranges }) => {
    const error = await failure(get());
    assertStringIncludes(error.message, "the server says 500 Internal Server Error");
    assertStringIncludes(error.message, "4 times in a row; 100 bytes are there");
    assertStringIncludes(error.remedy!, "goes on where this one stopped");
    assertEquals((await Deno.stat(part)).size, 100);
    await get();
    assertEquals([await Deno.readFile(path), ranges.at(-1)], [CONTENT, "bytes=100-"]);
  });
});

Deno.test("download() does not wait for a silent server for ever", async () => {
  const answerAtLast: (() => void)[] = [];
  const silent = (request: Request, nth: number): Response | Promise<Response> =>
    nth > 0 ? ranged(request) : new Promise((resolve) => {
      answerAtLast.push(() => resolve(new Response(null)));
    });
  await withSite(silent, async ({ get, path }) => {
    assertEquals(await get({ patienceMs: 50 }), "downloaded");
    assertEquals(await Deno.readFile(path), CONTENT);
    // The server does not shut down before.
    answerAtLast.forEach((answer) => answer());
  });
});

Deno.test("download() stops when told to, and goes on later", async () => {
  await withSite((request) => ranged(request), async ({ get, path, part }) => {
    const controller = new AbortController();
    const stopped = get({
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("stopped by the user")),
    });
    await assertRejects(() => stopped, Error, "stopped by the user");
    assertEquals([await exists(path), (await Deno.stat(part)).size > 0], [false, true]);
    await get();
    assertEquals(await Deno.readFile(path), CONTENT);
  });
});

Deno.test("download() says that there is no connection", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const host = `127.0.0.1:${listener.addr.port}`;
  listener.close();
  const folder = await Deno.makeTempDir();
  const path = join(folder, "file");
  const error = await failure(download({ url: `http://${host}/file`, sha256: SHA256, path }));
  assertStringIncludes(error.message, `expected a connection to ${host}`);
  assertStringIncludes(error.message, "refused");
  assertStringIncludes(error.remedy!, `or put the file at ${path}, if you have it`);
  await Deno.remove(folder, { recursive: true });
});

Deno.test({
  name: "download() says that Deno may not reach the network",
  permissions: { read: true, write: true, net: false },
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const path = join(folder, "file");
    const error = await failure(download({ url: "https://example.org/a", sha256: SHA256, path }));
    assertStringIncludes(
      error.message,
      "Cannot download https://example.org/a: Deno was not given",
    );
    assertStringIncludes(error.remedy!, "--allow-net");
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("download() keeps a second process from the same file", async () => {
  await withSite((request) => ranged(request), async ({ get, part, path }) => {
    await get();
    await Deno.rename(path, part);
    {
      using other = await Deno.open(part, { write: true });
      await other.lock(true);
      const error = await failure(get({ sha256: "0".repeat(64) }));
      assertStringIncludes(error.message, "another process is downloading it");
    }
    assertEquals(await get(), "downloaded");
  });
});

Deno.test("download() names a folder that cannot be made", async () => {
  await withSite((request) => ranged(request), async ({ get, path }) => {
    await get();
    const error = await failure(get({ path: join(path, "file") }));
    assertStringIncludes(error.message, "expected a folder");
  });
});

Deno.test("download() names the full disk, and goes on when there is space", async (t) => {
  const folder = await Deno.makeTempDir();
  const mounted = await run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder);
  try {
    await t.step({
      name: mounted
        ? "64 KiB of memory as a disk"
        : "skipped: this user may not mount a small disk",
      ignore: !mounted,
      fn: () =>
        withSite((request) => ranged(request), async ({ get, ranges }) => {
          const path = join(folder, "file");
          const { message } = await failure(get({ path }));
          assertEquals(message, `Cannot write ${path}.part: no space is left on the disk`);
          await run("mount", "-o", "remount,size=1m", folder);
          await get({ path });
          assertEquals(await Deno.readFile(path), CONTENT);
          assertMatch(ranges.at(-1)!, /^bytes=[1-9]\d+-$/);
        }),
    });
  } finally {
    if (mounted) await run("umount", folder);
    await Deno.remove(folder, { recursive: true });
  }
});

async function run(command: string, ...args: string[]): Promise<boolean> {
  try {
    const options = { args, stdout: "null", stderr: "null" } as const;
    return (await new Deno.Command(command, options).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
