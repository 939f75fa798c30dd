// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Section: which kernel ran each layer, and why: the proof that zeros were skipped.
 *
 * @module
 */
import type { ComponentChildren, VNode } from "preact";
import { type Dispatch, readNetworkCell, type Result, skipsZeros } from "../../results/mod.ts";
import { byCell, shortCells } from "../cells.ts";
import { ignoresZeros } from "../charts/layer_profile.ts";
import { networkTitle } from "../charts/networks.ts";
import { FoldedTable, type Section, Table } from "../elements.tsx";
import { count, percent } from "../wording.ts";

/** Kernels by engine, and layers that ran dense though they have zeros; `null` if no engine told. */
export function dispatchSection({ dispatch }: Result): Section | null {
  if (dispatch.length === 0) return null;
  const networks = new Set(dispatch.map(({ cell }) => networkOf(cell)));
  const body = (
    <>
      <p>
        What each engine ran for each layer, and why. Zeros that are not skipped are padding of the
        kernel's tiles.
      </p>
      <DenseLayers dispatch={dispatch} />
      {networks.size > 1
        ? <NetworkTable dispatch={dispatch} />
        : <EngineTables dispatch={dispatch} />}
    </>
  );
  return { id: "kernels", title: "Kernels by layer", body };
}

type Props = { readonly dispatch: readonly Dispatch[] };

/** A network in words; the cell itself where it is not one. */
function networkOf(cell: string): string {
  const network = readNetworkCell(cell);
  return network === null ? cell : networkTitle({ network });
}

/** Whether an engine that skips zeros ran a layer with many of them densely. */
export function isDenseDespiteZeros({ engine, sparsity, skipped }: Dispatch): boolean {
  return skipsZeros(engine) && ignoresZeros({ sparsity, isSparse: (skipped ?? 0) > 0 });
}

function DenseLayers({ dispatch }: Props): VNode | null {
  const dense = dispatch.filter(isDenseDespiteZeros);
  if (dense.length === 0) return null;
  const merged = mergeCells(
    dense,
    ({ engine, layer, kernel, reason }) => [engine, layer, kernel, reason],
  );
  return (
    <>
      <p class="doubt">
        ▲ {count(merged.length, "choice")}{" "}
        of a dense kernel for a layer with zeros: their zeros cost as much as other weights.
      </p>
      <FoldedTable
        caption={`Dense despite zeros: ${count(merged.length, "choice")}`}
        columns={[
          { title: "layer" },
          { title: "engine" },
          { title: "kernel" },
          { title: "zeros", numeric: true },
          { title: "reason" },
          { title: "in" },
        ]}
        rows={merged.map(({ row, cells }): ComponentChildren[] => [
          <code>{row.layer}</code>,
          row.engine,
          <code>{row.kernel}</code>,
          percent(row.sparsity!),
          <span class="status open">▲ {row.reason}</span>,
          cells,
        ])}
      />
    </>
  );
}

/** One row for each network and engine that skips zeros: how many of its layers do. */
function NetworkTable({ dispatch }: Props): VNode | null {
  const sparse = dispatch.filter(({ engine }) => skipsZeros(engine));
  if (sparse.length === 0) return null;
  const groups = Map.groupBy(sparse, ({ engine, cell }) => `${networkOf(cell)}\n${engine}`);
  return (
    <Table
      caption="Layers of each network by what their kernels skip"
      columns={[
        { title: "network" },
        { title: "engine" },
        { title: "layers", numeric: true },
        { title: "skip zeros", numeric: true },
        { title: "dense, no zeros", numeric: true },
        { title: "dense despite zeros", numeric: true },
        { title: "most used kernel" },
      ]}
      rows={[...groups.values()].map((rows): ComponentChildren[] => {
        const layers = [...new Map(rows.map((row) => [row.layer, row])).values()];
        const sparse = layers.filter(({ skipped }) => (skipped ?? 0) > 0).length;
        const doubtful = layers.filter(isDenseDespiteZeros).length;
        return [
          networkOf(rows[0]!.cell),
          rows[0]!.engine,
          layers.length,
          sparse,
          layers.length - sparse - doubtful,
          doubtful === 0 ? 0 : <span class="status open">▲ {doubtful}</span>,
          <code>{commonest(layers.map(({ kernel }) => kernel))}</code>,
        ];
      })}
    />
  );
}

function commonest(words: readonly string[]): string {
  const groups = [...Map.groupBy(words, (word) => word)];
  return groups.sort(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? "–";
}

function EngineTables({ dispatch }: Props): VNode {
  const engines = Map.groupBy(dispatch, ({ engine }) => engine);
  return <>{[...engines].map(([engine, rows]) => <EngineTable engine={engine} rows={rows} />)}</>;
}

function EngineTable(
  { engine, rows }: { readonly engine: string; readonly rows: readonly Dispatch[] },
): VNode {
  const merged = mergeCells(
    rows,
    ({ layer, kernel, sparsity, skipped, reason }) => [layer, kernel, sparsity, skipped, reason],
  );
  const skipping = merged.filter(({ row }) => (row.skipped ?? 0) > 0).length;
  return (
    <FoldedTable
      caption={`${engine}: ${count(merged.length, "choice")}, ${skipping} of them skip zeros`}
      columns={[
        { title: "layer" },
        { title: "kernel" },
        { title: "zeros", numeric: true },
        { title: "skipped", numeric: true },
        { title: "reason" },
        { title: "in" },
      ]}
      rows={merged.map(({ row, cells }): ComponentChildren[] => [
        <code>{row.layer}</code>,
        <code>{row.kernel}</code>,
        row.sparsity === null ? "–" : percent(row.sparsity),
        row.skipped === null ? "–" : percent(row.skipped),
        isDenseDespiteZeros(row) ? <span class="status open">▲ {row.reason}</span> : row.reason,
        cells,
      ])}
    />
  );
}

/** One row for all cells in which a layer ran alike. */
function mergeCells(
  rows: readonly Dispatch[],
  alikeBy: (row: Dispatch) => readonly unknown[],
): { readonly row: Dispatch; readonly cells: string }[] {
  const names = shortCells(rows.map(({ cell }) => cell));
  const alike = Map.groupBy(rows, (row) => JSON.stringify(alikeBy(row)));
  return [...alike.values()].map((group) => {
    const cells = [...new Set(group.map(({ cell }) => cell))].sort(byCell);
    const all = cells.length === names.size;
    return {
      row: group[0]!,
      cells: all ? "all cells" : cells.map((one) => names.get(one)).join(", "),
    };
  });
}
