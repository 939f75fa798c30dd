/**
 * Section: what formats take to store a matrix.
 *
 * @module
 */
import type { VNode } from "preact";
import type { Result, StoredFormat } from "../../results/mod.ts";
import { formatBytesSpec } from "../charts/format_bytes.ts";
import { formatBytesTitle, formatName } from "../charts/format_lines.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section } from "../elements.tsx";
import { count, percent } from "../wording.ts";

/** Bytes over sparsity, one chart a pattern; `null` if nothing was stored. */
export async function storageSection({ storage = [] }: Result): Promise<Section | null> {
  if (storage.length === 0) return null;
  const byPattern = Map.groupBy(storage, ({ pattern }) => pattern);
  const figures: VNode[] = [];
  for (const rows of byPattern.values()) figures.push(await storageFigure(rows));
  return { id: "storage", title: "Bytes by format", body: <>{figures}</> };
}

async function storageFigure(rows: readonly StoredFormat[]): Promise<VNode> {
  const title = formatBytesTitle(rows);
  const sparsities = new Set(rows.map(({ sparsity }) => sparsity));
  // A line needs two points.
  const drawings = sparsities.size < 2 ? [] : [{
    drawing: await draw(
      (layout) => formatBytesSpec(rows, layout),
      `${title}. Line chart of bytes over zeros; the table has the figures.`,
    ),
  }];
  return (
    <Figure title={title} drawings={drawings} table={storageTable(rows)}>
      <p>
        Values are float32. Indices have 8, 16 or 32 bits, the narrowest that hold the size of the
        matrix; ours are what the kernel reads. Both scales are logarithmic.
      </p>
      <Key
        marks={["sparse", "dense", "ceiling"]}
        words={{ sparse: "skipzero", dense: "other formats", ceiling: "as much as dense" }}
      />
    </Figure>
  );
}

function storageTable(rows: readonly StoredFormat[]): VNode {
  return (
    <FoldedTable
      caption={`${rows[0]!.pattern}: bytes at ${
        count(new Set(rows.map(({ sparsity }) => sparsity)).size, "sparsity level")
      }`}
      columns={[
        { title: "format" },
        { title: "zeros", numeric: true },
        { title: "values (bytes)", numeric: true },
        { title: "indices (bytes)", numeric: true },
        { title: "of dense", numeric: true },
      ]}
      rows={rows.map(({ format, detail, sparsity, bytes, denseBytes }) => [
        `${formatName(format)} ${detail}`.trim(),
        percent(sparsity),
        String(bytes.values),
        String(bytes.indices),
        percent(bytes.total / denseBytes),
      ])}
    />
  );
}
