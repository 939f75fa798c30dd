import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { gzipSync } from "node:zlib";
import {
  dataDirectory,
  EnvironmentError,
  SAMPLE_DEV,
  SAMPLE_TRAIN,
  SAMPLE_ZIP,
  sha256File,
  sha256Hex,
  UsageError,
} from "../core/mod.ts";
import { fetchDataset, fetchSources } from "./fetch.ts";
import { FETCH_SOURCES, type FetchSource } from "./fetch_sources.ts";
import { tarOf } from "./tar_sample.ts";

interface Mirror {
  readonly sources: readonly FetchSource[];
  readonly directory: string;
  /** Paths that were asked for. */
  readonly asked: string[];
}

/** A server on this machine with an archive and a plain file, as SST-2 is published. */
async function withMirror(test: (mirror: Mirror) => Promise<void>): Promise<void> {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {
    "/SST-2.zip": SAMPLE_ZIP,
    "/vocab.txt": new TextEncoder().encode("[PAD]\n"),
  };
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    return new Response(files[pathname]);
  });
  const directory = await Deno.makeTempDir();
  const base = `http://127.0.0.1:${server.addr.port}`;
  const sources = FETCH_SOURCES.sst2.map((source) => {
    const name = new URL(source.url).pathname.split("/").at(-1)!;
    return { ...source, url: `${base}/${name}`, sha256: sha256Hex(files[`/${name}`]!) };
  });
  try {
    await test({ sources, directory, asked });
  } finally {
    await server.shutdown();
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("fetchSources() brings files into the layout of --data", async () => {
  await withMirror(async ({ sources, directory }) => {
    const seen = new Set<string>();
    const onProgress = (path: string): unknown => seen.add(path);
    const fetched = await fetchSources(sources, { directory, onProgress });
    assertEquals(fetched, [
      { path: "glue/SST-2.zip", sha256: sha256Hex(SAMPLE_ZIP), wasPresent: false },
      { path: "glue/SST-2/train.tsv", sha256: sha256Hex(SAMPLE_TRAIN), wasPresent: false },
      { path: "glue/SST-2/dev.tsv", sha256: sha256Hex(SAMPLE_DEV), wasPresent: false },
      { path: "bert/vocab.txt", sha256: sha256Hex("[PAD]\n"), wasPresent: false },
    ]);
    assertEquals([...seen], ["glue/SST-2.zip", "bert/vocab.txt"]);
    const read = (path: string): Promise<string> => Deno.readTextFile(join(directory, path));
    assertEquals(await read("glue/SST-2/train.tsv"), SAMPLE_TRAIN);
    assertEquals(await read("glue/SST-2/dev.tsv"), SAMPLE_DEV);
  });
});

Deno.test("fetchSources() fetches nothing twice, and mends what was changed", async () => {
  await withMirror(async ({ sources, directory, asked }) => {
    await fetchSources(sources, { directory });
    asked.length = 0;
    const present = async (): Promise<boolean[]> =>
      (await fetchSources(sources, { directory })).map(({ wasPresent }) => wasPresent);
    assertEquals(await present(), [true, true, true, true]);
    await Deno.writeTextFile(join(directory, "glue/SST-2/dev.tsv"), "edited");
    assertEquals(await present(), [true, true, false, true]);
    assertEquals(asked, []);
    await Deno.remove(join(directory, "bert/vocab.txt"));
    assertEquals(await present(), [true, true, true, false]);
    assertEquals(asked, ["/vocab.txt"]);
  });
});

Deno.test("fetchSources() stops at a file that is not the published one", async () => {
  await withMirror(async ({ sources, directory, asked }) => {
    const wrong = sources.map((source) => ({ ...source, sha256: "0".repeat(64) }));
    await assertRejects(() => fetchSources(wrong, { directory }), EnvironmentError, "expected 000");
    assertEquals(asked, ["/SST-2.zip"]);
    assertEquals((await Array.fromAsync(Deno.readDir(join(directory, "glue")))).length, 0);
  });
});

Deno.test("fetchSources() names an archive that is none", async () => {
  await withMirror(async ({ sources, directory }) => {
    const unpack = { "SST-2/train.tsv": "glue/SST-2/train.tsv" };
    const plain = sources.slice(1).map((source) => ({ ...source, unpack }));
    const fetched = fetchSources(plain, { directory });
    await assertRejects(() => fetched, SyntaxError, "expected a whole zip archive");
  });
});

Deno.test("fetchSources() unpacks whole folders, and mends what has another size", async () => {
  const archive = Uint8Array.from(
    gzipSync(tarOf([["./a/x", new Uint8Array(3)], ["b", new Uint8Array(600)]])),
  );
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(archive),
  );
  const directory = await Deno.makeTempDir();
  try {
    const source: FetchSource = {
      url: `http://127.0.0.1:${server.addr.port}/a.tar.gz`,
      ...{ sha256: sha256Hex(archive), path: "a.tar.gz", unpackAll: { from: "", to: "all/" } },
    };
    const present = async (): Promise<boolean[]> =>
      (await fetchSources([source], { directory })).map(({ wasPresent }) => wasPresent);
    assertEquals(await present(), [false, false]);
    assertEquals((await Deno.stat(join(directory, "all/a/x"))).size, 3);
    assertEquals(await present(), [true, true]);
    await Deno.writeFile(join(directory, "all/b"), new Uint8Array(5));
    assertEquals(await present(), [true, false]);
    assertEquals((await Deno.stat(join(directory, "all/b"))).size, 600);
  } finally {
    await Deno.remove(directory, { recursive: true });
    await server.shutdown();
  }
});

Deno.test("fetchDataset() says what can be fetched", async () => {
  const attempt = (name: string): Promise<UsageError> =>
    assertRejects(() => fetchDataset(name, { directory: "unused" }), UsageError);
  assertStringIncludes((await attempt("synthetic-sentiment")).message, "it is generated");
  const typo = await attempt("sst-2");
  assertStringIncludes(
    typo.message,
    'Cannot fetch "sst-2": no such data set, expected one of sst2, mrpc',
  );
  assertEquals(typo.remedy, "deno task fetch sst2");
  for (
    const [name, file, publisher] of [
      ["imagenet", "imagenet/train/<synset>/*.JPEG", "https://image-net.org/"],
      ["coco", "coco2017/annotations/instances_train2017.json", "https://cocodataset.org/"],
      ["criteo-terabyte", "criteo-terabyte/day_0", "https://ailab.criteo.com/"],
    ] as const
  ) {
    const { message, remedy } = await attempt(name);
    assertStringIncludes(message, `Cannot fetch "${name}": it is not downloaded by this program`);
    assertStringIncludes(message, file);
    assertStringIncludes(remedy!, `get it from ${publisher}`);
  }
});

Deno.test("every source is pinned, encrypted on the way and below the data directory", () => {
  for (const { url, sha256, path, unpack = {}, unpackAll } of Object.values(FETCH_SOURCES).flat()) {
    assertEquals([new URL(url).protocol, /^[0-9a-f]{64}$/.test(sha256)], ["https:", true]);
    for (const target of [path, ...Object.values(unpack), ...unpackAll ? [unpackAll.to] : []]) {
      assertEquals(
        /^((glue|bert|mnist|squad)\/|cifar-10-|speech_commands_)[\w./-]+$/.test(target) &&
          !target.includes(".."),
        true,
        target,
      );
    }
  }
});

const published = dataDirectory();

Deno.test({
  name: published ? "sources are pinned to the published files" : "skipped: no published data here",
  ignore: published === null,
  fn: async () => {
    for (const { sha256, path } of [...FETCH_SOURCES.mrpc, ...FETCH_SOURCES.sst2]) {
      // Archives and the list of ids are not kept with the data.
      const found = await sha256File(join(published!, path)).catch(() => null);
      if (found !== null) assertEquals([path, found], [path, sha256]);
    }
  },
});
