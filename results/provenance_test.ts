import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { canonicalJson, sha256Hex, writeAtomic } from "../core/mod.ts";
import { runText } from "./probe.ts";
import { collectProvenance, hashSources } from "./provenance.ts";

async function inProject(act: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await writeAtomic(join(root, "main.ts"), "1");
    await writeAtomic(join(root, "core/mod.ts"), "2");
    await writeAtomic(join(root, "deno.lock"), "{}");
    const imports = {
      "@std/x": "npm:deno-std@1.4.0/x/mod.js",
      y: "npm:@scope/y@2.0.0",
      z: "./z.ts",
    };
    await writeAtomic(join(root, "deno.json"), JSON.stringify({ imports }));
    await act(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("collectProvenance() hashes what went in and passes on what it is told", () =>
  inProject(async (root) => {
    const provenance = await collectProvenance({
      root,
      files: { recipe: join(root, "main.ts") },
      flags: ["--quick"],
      seeds: [1, 2],
      protocol: { processes: 3 },
      versions: { onnxruntime: "1.30.0" },
    });
    const { files, flags, seeds, protocol, versions, packages } = provenance;
    assertEquals(files.recipe!.sha256, { value: sha256Hex("1"), reason: null });
    assertEquals(files.lock!.sha256.value, sha256Hex("{}"));
    assertEquals([files.recipe!.path, files.lock!.path], ["main.ts", "deno.lock"]);
    assertEquals([flags, seeds, protocol], [["--quick"], [1, 2], { processes: 3 }]);
    assertEquals([versions.deno, versions.onnxruntime], [Deno.version.deno, "1.30.0"]);
    assertEquals(packages.value, { "deno-std": "1.4.0", "@scope/y": "2.0.0" });
    assert(Math.abs(Date.parse(provenance.collectedAt) - Date.now()) < 60_000);
    // A result holds it, so it must have a canonical form.
    assertEquals(JSON.parse(canonicalJson(provenance)), JSON.parse(JSON.stringify(provenance)));
  }));

Deno.test("collectProvenance() gives reasons where files and repository are missing", () =>
  inProject(async (root) => {
    await Deno.remove(join(root, "deno.lock"));
    await Deno.remove(join(root, "deno.json"));
    const { files, git, packages } = await collectProvenance({ root });
    const absent = (name: string) =>
      `Cannot read ${join(root, name)}: there is no such file or folder`;
    assertEquals(files.lock!.sha256, { value: null, reason: absent("deno.lock") });
    assertEquals(packages, { value: null, reason: absent("deno.json") });
    assertEquals(git.value, null);
    assertMatch(git.reason ?? "", /not a git repository|git is not installed/);
  }));

Deno.test("collectProvenance() tells commit and dirty flag", async (t) => {
  const installed = await runText("git", "--version").then(() => true, () => false);
  await t.step({
    name: installed ? "of a repository with one commit" : "skipped: git is not installed",
    ignore: !installed,
    fn: () =>
      inProject(async (root) => {
        const git = (...args: string[]) => runText("git", "-C", root, ...args);
        await git("init", "--quiet");
        await git("add", ".");
        const identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
        await git(...identity, "commit", "--quiet", "--no-verify", "-m", "x");
        const clean = (await collectProvenance({ root })).git.value!;
        assertMatch(clean.commit, /^[0-9a-f]{40}$/);
        assertEquals(clean.dirty, false);
        await Deno.writeTextFile(join(root, "untracked"), "");
        assertEquals((await collectProvenance({ root })).git.value, clean);
        await Deno.writeTextFile(join(root, "main.ts"), "3");
        assertEquals((await collectProvenance({ root })).git.value, { ...clean, dirty: true });
      }),
  });
});

Deno.test("hashSources() depends on names and contents of sources, and on nothing else", () =>
  inProject(async (root) => {
    const before = await hashSources(root);
    await writeAtomic(join(root, "README.md"), "x");
    await writeAtomic(join(root, ".cache/x.ts"), "x");
    await writeAtomic(join(root, "node_modules/x.ts"), "x");
    assertEquals(await hashSources(root), before);
    await Deno.rename(join(root, "core/mod.ts"), join(root, "core/other.ts"));
    const renamed = await hashSources(root);
    await writeAtomic(join(root, "core/other.ts"), "22");
    const changed = await hashSources(root);
    await writeAtomic(join(root, "reports/page.tsx"), "");
    assertEquals(new Set([before, renamed, changed, await hashSources(root)]).size, 4);
  }));

Deno.test({
  name: "collectProvenance() needs no permission at all",
  permissions: "none",
  fn: async () => {
    const { files, sources, git, packages, machine } = await collectProvenance({ root: "/x" });
    assertEquals(
      files.lock!.sha256.reason,
      "Cannot read /x/deno.lock: Deno was not given the permission",
    );
    const parts = [sources, git, packages, machine.memory, machine.cpuLimit];
    assertEquals(parts.filter((part) => part.value !== null), []);
  },
});
