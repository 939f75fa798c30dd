import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createRandom, float32, int64, type Tensor } from "../core/mod.ts";
import { loadBertCheckpoint } from "./bert_checkpoint.ts";
import { type BertConfig, bertConfigs, initialiseBert } from "./bert_config.ts";
import { writeSafetensors } from "./safetensors.ts";

const config: BertConfig = {
  ...bertConfigs["bert-tiny"],
  hidden: 8,
  intermediate: 12,
  vocabulary: 10,
  positions: 6,
};
const whole: ReadonlyMap<string, Tensor> = initialiseBert(config, createRandom(5));

/** Runs `body` on a file that holds the tensors. */
async function withFile(
  tensors: ReadonlyMap<string, Tensor>,
  body: (path: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "model.safetensors");
    await writeSafetensors(path, tensors);
    await body(path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function renamed(rename: (name: string) => string | null): Map<string, Tensor> {
  return new Map(
    whole.entries().flatMap(([name, tensor]) => {
      const other = rename(name);
      return other === null ? [] : [[other, tensor] as const];
    }),
  );
}

Deno.test("loadBertCheckpoint() reads a whole checkpoint", async () => {
  await withFile(whole, async (path) => {
    const { parameters, missing, unexpected, notes } = await loadBertCheckpoint(path, config);
    assertEquals(parameters, whole);
    assertEquals([missing, unexpected, notes], [[], [], []]);
  });
});

Deno.test("loadBertCheckpoint() reads a bare BertModel and draws the head", async () => {
  const bare = renamed((name) => name.startsWith("bert.") ? name.slice(5) : null);
  await withFile(bare, async (path) => {
    const found = await loadBertCheckpoint(path, config, createRandom(9));
    assertEquals(found.missing, ["classifier.weight", "classifier.bias"]);
    assertEquals(found.unexpected, []);
    const fresh = initialiseBert(config, createRandom(9)).get("classifier.weight");
    assertEquals(found.parameters.get("classifier.weight"), fresh);
    const name = "bert.encoder.layer.1.output.dense.weight";
    assertEquals(found.parameters.get(name), whole.get(name));
    assert(found.notes[0]?.startsWith("not in the checkpoint and drawn afresh: classifier.weight"));
  });
});

Deno.test("loadBertCheckpoint() reads the old names of layer normalisation", async () => {
  const old = renamed((name) =>
    name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
  );
  await withFile(old, async (path) => {
    assertEquals((await loadBertCheckpoint(path, config)).parameters, whole);
  });
});

Deno.test("loadBertCheckpoint() lists what it does not use, and passes over position numbers", async () => {
  const more = new Map(whole)
    .set("bert.embeddings.position_ids", int64([1, 6], [0, 1, 2, 3, 4, 5]))
    .set("cls.predictions.bias", float32([10]));
  await withFile(more, async (path) => {
    const { unexpected, notes } = await loadBertCheckpoint(path, config);
    assertEquals(unexpected, ["cls.predictions.bias"]);
    assertEquals(notes, ["in the checkpoint and not used: cls.predictions.bias"]);
  });
});

Deno.test("loadBertCheckpoint() throws if a layer is missing", async () => {
  const shallow = renamed((name) => name.replace(".layer.1.", ".layer.7."));
  await withFile(shallow, async (path) => {
    const { message } = await assertRejects(() => loadBertCheckpoint(path, config), RangeError);
    const first = "attention.self.query.weight";
    assertStringIncludes(
      message,
      `as bert-tiny: 16 parameters are missing (bert.encoder.layer.1.${first},`,
    );
    assertStringIncludes(message, `16 tensors are unexpected (bert.encoder.layer.7.${first},`);
    assertStringIncludes(message, "and 4 more)");
  });
});

Deno.test("loadBertCheckpoint() throws if a shape or an element type differs", async () => {
  const name = "bert.embeddings.word_embeddings.weight";
  await withFile(new Map(whole).set(name, float32([11, 8])), async (path) => {
    await assertRejects(
      () => loadBertCheckpoint(path, config),
      RangeError,
      `"${name}" is float32 [11,8], expected float32 [10,8]`,
    );
  });
  const integers = int64([10, 8], Array(80).fill(0));
  await withFile(new Map(whole).set(name, integers), async (path) => {
    await assertRejects(() => loadBertCheckpoint(path, config), RangeError, "is int64 [10,8]");
  });
});
