import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { EnvironmentError } from "../core/mod.ts";
import { drawParameters } from "./parameter_source.ts";
import { networkNamed } from "./networks.ts";
import { decodeOnnx } from "./onnx_decode.ts";
import { readOnnx, writeOnnx } from "./onnx_file.ts";
import { ModelProtoSchema, type TensorProtoSchema } from "./onnx_pb.ts";

const graph = networkNamed("gsc-cnn").build({ batch: 2 }, drawParameters(3));

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("writeOnnx() writes one file that readOnnx() reads", () =>
  inFolder(async (folder) => {
    const path = join(folder, "gsc.onnx");
    assertEquals(await writeOnnx(path, graph), [path]);
    assertEquals(await readOnnx(path), graph);
    assertEquals(decodeOnnx(await Deno.readFile(path), path), graph);
  }));

Deno.test("writeOnnx() puts weights beside the model, each at the start of a page", () =>
  inFolder(async (folder) => {
    const path = join(folder, "gsc.onnx");
    const paths = await writeOnnx(path, graph, { weights: "beside" });
    assertEquals(paths, [path, `${path}.data`]);
    const [model, data] = await Promise.all(paths.map((file) => Deno.stat(file)));
    assert(model!.size < 20_000 && data!.size > 4 * 1_717_140, `${model!.size} ${data!.size}`);
    assertEquals(data!.size % 4096, 0);
    assertEquals(await readOnnx(path), graph);
    await writeOnnx(path, graph, { weights: "beside" }); // over the old ones
    assertEquals(await readOnnx(path), graph);
  }));

Deno.test("readOnnx() refuses weights that are cut off, missing or of another model", () =>
  inFolder(async (folder) => {
    const path = join(folder, "gsc.onnx");
    const [, beside] = await writeOnnx(path, graph, { weights: "beside" });
    await Deno.truncate(beside!, 5_000_000);
    await assertRejects(
      () => readOnnx(path),
      RangeError,
      `Cannot read "gsc.onnx.data", which ${path} names: it has 5000000 bytes, expected `,
    );
    await Deno.remove(beside!);
    await assertRejects(() => readOnnx(path), EnvironmentError, "there is no such file");
    await Deno.mkdir(beside!);
    await assertRejects(() => readOnnx(path), Error, "Cannot read ");
  }));

/** A model of one Add whose weight `w` of two floats lies where the entries say. */
async function writeModel(
  folder: string,
  entries: Readonly<Record<string, string>>,
  changes: MessageInitShape<typeof TensorProtoSchema> = {},
): Promise<string> {
  const dim = [{ value: { case: "dimValue" as const, value: 2n } }];
  const type = { value: { case: "tensorType" as const, value: { elemType: 1, shape: { dim } } } };
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  const weight = { name: "w", dims: [2n], dataType: 1, dataLocation: 1, externalData };
  const model = create(ModelProtoSchema, {
    irVersion: 9n,
    opsetImport: [{ version: 20n }],
    graph: {
      name: "g",
      node: [{ opType: "Add", input: ["x", "w"], output: ["y"] }],
      input: [{ name: "x", type }],
      output: [{ name: "y", type }],
      initializer: [{ ...weight, ...changes } as typeof weight],
    },
  });
  const path = join(folder, "model.onnx");
  await Deno.writeFile(path, toBinary(ModelProtoSchema, model));
  return path;
}

Deno.test("readOnnx() reads what other tools wrote: any offset, folders below, no length", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "weights"));
    const bytes = Uint8Array.of(9, ...new Uint8Array(Float32Array.of(1.5, -2).buffer), 9);
    await Deno.writeFile(join(folder, "weights", "w.bin"), bytes);
    for (const extra of [{}, { length: "8" }, { checksum: "0123", length: "8" }]) {
      const path = await writeModel(folder, { location: "weights/w.bin", offset: "1", ...extra });
      const { initializers } = await readOnnx(path);
      assertEquals(initializers.get("w")?.data, Float32Array.of(1.5, -2));
    }
  }));

const REFUSED: readonly (readonly [
  what: string,
  entries: Readonly<Record<string, string>>,
  says: string,
])[] = [
  ["leads out of the folder", { location: "../secret" }, "it leads elsewhere, expected a file in"],
  ["leads out on a detour", { location: "a/../../secret" }, "it leads elsewhere"],
  ["starts at the root", { location: "/etc/passwd" }, "it leads elsewhere"],
  ["starts at a drive", { location: "C:/secret" }, "it leads elsewhere"],
  ["has backslashes", { location: "..\\secret" }, "it leads elsewhere"],
  ["is a link out of the folder", { location: "link" }, "it is a link to "],
  ["is a folder", { location: "folder" }, "it is no file, expected one"],
  ["is left out", { offset: "0" }, 'initializer "w" lies in a file without a name'],
  ["is too short", { location: "w.bin", offset: "4" }, "it has 8 bytes, expected 12 or more"],
  ["starts nowhere", { location: "w.bin", offset: "-4" }, 'has offset "-4" in "w.bin"'],
  [
    "starts too far",
    { location: "w.bin", offset: "9007199254740993" },
    'offset "9007199254740993"',
  ],
  ["has another length", { location: "w.bin", length: "4" }, 'has 4 bytes in "w.bin", expected 8'],
];

for (const [what, entries, says] of REFUSED) {
  Deno.test(`readOnnx() refuses a file of weights that ${what}`, () =>
    inFolder(async (parent) => {
      const folder = join(parent, "model");
      await Deno.mkdir(join(folder, "folder"), { recursive: true });
      const secret = join(parent, "secret");
      await Deno.writeFile(secret, new Uint8Array(8));
      await Deno.symlink(secret, join(folder, "link"));
      await Deno.writeFile(join(folder, "w.bin"), new Uint8Array(8));
      const path = await writeModel(folder, entries);
      await assertRejects(() => readOnnx(path), RangeError, says);
    }));
}

Deno.test("readOnnx() takes no memory for a tensor that its file cannot fill", () =>
  inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "w.bin"), new Uint8Array(8));
    const path = await writeModel(folder, { location: "w.bin" }, { dims: [2n ** 45n] });
    await assertRejects(
      () => readOnnx(path),
      RangeError,
      "it has 8 bytes, expected 140737488355328 or more",
    );
  }));

Deno.test("readOnnx() throws EnvironmentError if there is no model", async () => {
  await assertRejects(() => readOnnx("/nowhere/x.onnx"), EnvironmentError, "no such file");
});

Deno.test("readOnnx() refuses files longer than a message can be, without reading them", () =>
  inFolder(async (folder) => {
    const path = join(folder, "long.onnx");
    await Deno.writeFile(path, new Uint8Array(8));
    await Deno.truncate(path, 3 * 2 ** 30); // takes no room on the disk
    await assertRejects(() => readOnnx(path), RangeError, "3221225472 bytes, expected at most");
  }));
