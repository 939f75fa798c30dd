// Where values of the batch are, and in which format: no action may overwrite what a later one reads.
import { assert, assertEquals } from "@std/assert";
import { planLayers } from "../fuse.ts";
import type { LinearLayer } from "../layers.ts";
import { createLayout } from "../layout.ts";
import type { BatchChoice } from "./choose_form.ts";
import { type BatchPlaces, placeBatch } from "./places.ts";
import { type Route, routeBatch, type Storage } from "./route.ts";
import { smallDlrm } from "./test_network.ts";

const BATCH = 40;
const LANES = 16;

interface Placed {
  readonly route: Route;
  readonly places: BatchPlaces;
  readonly sizeBytes: number;
}

/** Places the small network with all linear layers in one form. */
function placed(form: BatchChoice["form"], threads = 2): Placed {
  const plan = planLayers(smallDlrm(BATCH));
  const linear = plan.layers.filter((layer): layer is LinearLayer => layer.kind === "linear");
  const choice = { form, pattern: { kind: "dense" }, sparsity: 0, reason: "", costs: {} } as const;
  const outputs = plan.outputs.map(({ value }) => value);
  const route = routeBatch(plan.layers, new Map(linear.map((one) => [one, choice])), outputs);
  const shared = new Set([...outputs.map(({ id }) => route.found.get(id)!)]);
  const layout = createLayout();
  const options = { batch: BATCH, threads, panelLanes: LANES, shared };
  const places = placeBatch(route, layout, options);
  return { route, places, sizeBytes: layout.sizeBytes };
}

/** First and last byte but one of what holds a storage for a thread's panel, views as part of their whole. */
function range({ places }: Placed, storage: Storage, panel: number, thread: number): number[] {
  if (storage.format === "rows") {
    const start = places.rows(storage);
    return [start, start + BATCH * places.stride(storage)];
  }
  const start = places.panel(storage, panel, thread);
  return [start, start + storage.value.rows * LANES * 4];
}

function overlap(a: readonly number[], b: readonly number[]): boolean {
  return a[0]! < b[1]! && b[0]! < a[1]!;
}

function wholeOf(storage: Storage): Storage {
  return storage.within?.storage ?? storage;
}

for (const form of ["panel", "broadcast"] as const) {
  Deno.test(`placeBatch() keeps what is still to be read, if all layers are in form ${form}`, () => {
    const all = placed(form);
    const { actions } = all.route;
    actions.forEach((action, at) => {
      for (const later of actions.slice(at + 1)) {
        for (const read of later.inputs) {
          const written = actions.findIndex(({ out }) => wholeOf(out) === wholeOf(read));
          if (written > at || wholeOf(read) === wholeOf(action.out)) continue;
          const [mine, other] = [action.out, read].map((one) => range(all, one, 0, 0));
          assert(!overlap(mine!, other!), `${action.layer.kind} overwrites ${read.value.name}`);
        }
      }
    });
  });
}

Deno.test("placeBatch() gives each thread a working set of one panel if all values are panels", () => {
  const one = placed("panel", 1);
  const two = placed("panel", 2);
  assert(one.places.deep && two.places.deep);
  const hidden = two.route.actions.find(({ layer }) => layer.kind === "linear")!.out;
  assertEquals(two.places.panel(hidden, 0, 0), two.places.panel(hidden, 1, 0));
  assert(two.places.panel(hidden, 0, 0) !== two.places.panel(hidden, 0, 1));
  assert(two.sizeBytes > one.sizeBytes);
});

Deno.test("placeBatch() gives outputs room for all items", () => {
  const { route, places } = placed("panel");
  const last = route.actions.at(-1)!.out;
  const [first, second] = [0, LANES].map((item) => places.item(last, item));
  assert(first!.address !== second!.address);
  assertEquals(first!.featureBytes, 4 * LANES);
  assertEquals(places.item(last, 1).address - first!.address, 4);
});

Deno.test("routeBatch() changes formats where panels and rows meet, and nowhere else", () => {
  const kinds = (form: BatchChoice["form"]) =>
    placed(form).route.actions.map(({ kind, layer, out }) => `${kind} ${layer.kind} ${out.format}`);
  assertEquals(kinds("panel").filter((kind) => kind.startsWith("convert")), []);
  assertEquals(kinds("broadcast").filter((kind) => kind.startsWith("convert")), [
    "convert copy panels",
    "convert copy panels",
    "convert linear rows",
  ]);
  assertEquals(kinds("broadcast")[0], "compute read rows");
});

Deno.test("routeBatch() puts parts inside their whole", () => {
  const { route, places } = placed("panel");
  const parts = route.storages.filter(({ within }) => within);
  assertEquals(parts.length, 8);
  for (const part of parts) {
    const { storage, row } = part.within!;
    assertEquals(places.panel(part, 0, 1) - places.panel(storage, 0, 1), row * LANES * 4);
  }
});
