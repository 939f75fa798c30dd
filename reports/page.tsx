/**
 * The frame of every page: one file without scripts, that asks for nothing from anywhere.
 *
 * @module
 */
import type { ComponentChildren, VNode } from "preact";
import { render } from "preact-render-to-string";
import { sha256Hex } from "../core/mod.ts";
import type { Section } from "./elements.tsx";
import css from "./page.css" with { type: "text" };

/** What {@linkcode renderPage} frames. */
export interface PageProps {
  /** Title of the window. */
  readonly title: string;
  /** What the page says, for search engines and previews. */
  readonly description: string;
  /** Heading and what stands before the contents. */
  readonly head: ComponentChildren;
  /** Parts with headings, listed in the contents. */
  readonly sections: readonly Section[];
}

/** A whole page as HTML. The same content gives the same text. */
export function renderPage(props: PageProps): string {
  return `<!doctype html>\n${render(<Page {...props} />)}\n`;
}

/**
 * Nothing is fetched and no script runs, whatever stands in a result; this very style sheet and the files inside the page are
 * all that is allowed.
 */
function contentPolicy(): string {
  const hash = Uint8Array.fromHex(sha256Hex(css)).toBase64();
  return `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
}

function Page({ title, description, head, sections }: PageProps): VNode {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={contentPolicy()} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content={description} />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: css }} />
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <div class="sheet">
          <header class="site">
            <a href="index.html">skipzero</a>
            <span>what sparse neural networks promise, reproduced</span>
          </header>
          <main id="content">
            {head}
            <Contents sections={sections} />
            {sections.map(({ id, title, body }) => (
              <section id={id} aria-labelledby={`${id}-heading`}>
                <h2 id={`${id}-heading`}>{title}</h2>
                {body}
              </section>
            ))}
          </main>
          <footer class="end">
            Made by skipzero from result files alone. A speed-up is the time of the named baseline
            over the engine's own; intervals cover 95 %.
          </footer>
        </div>
      </body>
    </html>
  );
}

function Contents({ sections }: { readonly sections: readonly Section[] }): VNode | null {
  if (sections.length < 3) return null;
  return (
    <nav class="contents" aria-label="Contents">
      <ul>
        {sections.map(({ id, title }) => (
          <li>
            <a href={`#${id}`}>{title}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
