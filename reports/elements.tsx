// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * What pages are made of: tables, figures with their keys, folded parts, statuses.
 *
 * @module
 */
import type { ComponentChildren, VNode } from "preact";
import { type Mark, MARKS } from "./charts/marks.ts";
import type { Drawing } from "./drawing.ts";

/** A column of a table. */
export interface Column {
  /** Its heading, with the unit. */
  readonly title: string;
  /** Set in digits of one width, to the right. */
  readonly numeric?: boolean;
}

/** What {@linkcode Table} shows. */
export interface TableProps {
  /** What the table lists. */
  readonly caption: string;
  /** From left to right. */
  readonly columns: readonly Column[];
  /** Cells of each row; the first one names the row. */
  readonly rows: readonly (readonly ComponentChildren[])[];
}

/** A table that scrolls inside the page where it is too wide. */
export function Table({ caption, columns, rows }: TableProps): VNode {
  return (
    <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, numeric }) => (
              <th scope="col" class={numeric ? "number" : undefined}>{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>{rows.map((cells) => <Row columns={columns} cells={cells} />)}</tbody>
      </table>
    </div>
  );
}

function Row(
  { columns, cells }: {
    readonly columns: readonly Column[];
    readonly cells: readonly ComponentChildren[];
  },
): VNode {
  return (
    <tr>
      {cells.map((cell, index) =>
        index === 0
          ? <th scope="row">{cell}</th>
          : <td class={columns[index]?.numeric ? "number" : undefined}>{cell}</td>
      )}
    </tr>
  );
}

/** Rows up to which a table stands open. */
const OPEN_ROWS = 8;

/** Rows that a folded table has at most, so that a page stays small; the files of the page have them all. */
const MOST_ROWS = 150;

/** A table under a line that opens and closes it; long ones are closed at first, others too if they are to be. */
export function FoldedTable(
  { folded = false, ...props }: TableProps & { readonly folded?: boolean },
): VNode {
  const { rows, caption } = props;
  return (
    <details open={!folded && rows.length <= OPEN_ROWS}>
      <summary>{caption}</summary>
      <Table {...props} rows={rows.slice(0, MOST_ROWS)} />
      {rows.length > MOST_ROWS && (
        <p>
          The first {MOST_ROWS} of {rows.length} rows; the files under “Raw data” have them all.
        </p>
      )}
    </details>
  );
}

/** The marks of a chart and what they mean. */
export function Key(
  { marks, words = {} }: {
    readonly marks: readonly Mark[];
    readonly words?: Partial<Readonly<Record<Mark, string>>>;
  },
): VNode {
  return (
    <ul class="key">
      {marks.map((mark) => (
        <li>
          <svg viewBox="0 0 22 14" width="22" height="14" aria-hidden="true">{symbolOf(mark)}</svg>
          {words[mark] ?? MARKS[mark]}
        </li>
      ))}
    </ul>
  );
}

function symbolOf(mark: Mark): VNode {
  switch (mark) {
    case "sparse":
      return <circle cx="11" cy="7" r="5" class="fill-sparse" />;
    case "dense":
      return <rect x="6.5" y="2.5" width="9" height="9" class="fill-dense" />;
    case "doubt":
      return <path d="M11 2l5.5 10h-11z" class="fill-doubt" />;
    case "seed":
      return <circle cx="11" cy="7" r="2.5" class="fill-sparse faint" />;
    case "published":
      return <path d="M11 1.5l5.5 5.5l-5.5 5.5l-5.5-5.5z" class="line-ink" />;
    case "whisker":
      return <path d="M2 7h18" class="line-sparse" />;
    case "ceiling":
      return <path d="M11 0v14" class="line-ink dashed" />;
    case "roof":
      return <path d="M11 0v14" class="line-ink dotted" />;
    case "goal":
      return <path d="M11 1v12" class="line-ink thick" />;
    case "spread":
      return (
        <>
          <path d="M1 3l20-1v9l-20 1z" class="fill-sparse thin" />
          <path d="M1 8l20-2" class="line-sparse" />
        </>
      );
    case "noise":
      return <rect x="2" y="1" width="18" height="12" class="fill-band" />;
  }
}

/** What {@linkcode Figure} shows. */
export interface FigureProps {
  /** What is seen, as a heading. */
  readonly title: string;
  /** The pictures, each with a line above it if there are several. */
  readonly drawings: readonly { readonly heading?: string; readonly drawing: Drawing }[];
  /** How to read them, and the key. */
  readonly children?: ComponentChildren;
  /** The figures behind it. */
  readonly table?: ComponentChildren;
}

/** A chart under a heading that says what is seen, with its key and its table. */
export function Figure({ title, drawings, children, table }: FigureProps): VNode {
  return (
    <figure>
      <h3>{title}</h3>
      <div class="chart">
        <div>
          {drawings.map(({ heading, drawing }) => (
            <>
              {heading && <p class="panel">{heading}</p>}
              <div class="picture" dangerouslySetInnerHTML={{ __html: drawing.svg }} />
            </>
          ))}
        </div>
        <figcaption>{children}</figcaption>
      </div>
      {table}
    </figure>
  );
}

const OUTCOMES: Readonly<Record<string, readonly [symbol: string, words: string]>> = {
  reproduced: ["✓", "reproduced"],
  partial: ["◐", "partly reproduced"],
  inconclusive: ["?", "inconclusive"],
  contradicted: ["✕", "contradicted"],
  none: ["○", "not run yet"],
};

/** An outcome as a word with a symbol, so that it does not hang on colour. */
export function Outcome({ outcome }: { readonly outcome: string }): VNode {
  const [symbol, words] = OUTCOMES[outcome] ?? ["○", outcome];
  return (
    <span class={`outcome ${Object.hasOwn(OUTCOMES, outcome) ? outcome : "none"}`}>
      <span aria-hidden="true">{symbol}</span> {words}
    </span>
  );
}

const STATUSES = {
  ok: ["✓", "holds"],
  failed: ["✕", "fails"],
  open: ["?", "open"],
  unjudged: ["○", "not judged"],
} as const;

/** The answer of a check as a word with a symbol. */
export function Status({ status }: { readonly status: keyof typeof STATUSES }): VNode {
  const [symbol, words] = STATUSES[status];
  return (
    <span class={`status ${status}`}>
      <span aria-hidden="true">{symbol}</span> {words}
    </span>
  );
}

/** A part of a page, with its entry in the page's contents. */
export interface Section {
  /** Anchor. */
  readonly id: string;
  /** Heading. */
  readonly title: string;
  /** What stands under it. */
  readonly body: ComponentChildren;
}
