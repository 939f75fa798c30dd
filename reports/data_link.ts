/**
 * Files inside the page: links that hold what they lead to.
 *
 * @module
 */

/** A file to be put into a page. */
export interface EmbeddedFile {
  /** Its name on the reader's disk. */
  readonly name: string;
  /** Media type. */
  readonly type: string;
  /** Text. */
  readonly content: string;
}

/** A link that downloads a file. */
export interface DataLink {
  /** Name on the reader's disk; ends in `.gz` if the file was packed. */
  readonly name: string;
  /** Address, which is the file itself. */
  readonly href: string;
  /** Size on the reader's disk. */
  readonly sizeBytes: number;
}

/** Files above this are packed, so that a page stays below a megabyte. */
const LARGE_BYTES = 32 * 1024;

/** The link of a file. Large ones are packed with gzip; the same content gives the same link. */
export async function dataLink({ name, type, content }: EmbeddedFile): Promise<DataLink> {
  const bytes = new TextEncoder().encode(content);
  if (bytes.length <= LARGE_BYTES) return link(name, type, bytes);
  return link(`${name}.gz`, "application/gzip", await gzip(bytes));
}

function link(name: string, type: string, bytes: Uint8Array): DataLink {
  return { name, href: `data:${type};base64,${bytes.toBase64()}`, sizeBytes: bytes.length };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
