/**
 * Zip archives for tests: one made by another program, and a maker of plain ones.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/**
 * Made by Python 3's zipfile: a folder `SST-2/`, `train.tsv` deflated and `dev.tsv` stored in it, and a comment at the end.
 */
export const SAMPLE_ZIP: Uint8Array<ArrayBuffer> = Uint8Array.from(
  atob(
    [
      "UEsDBBQAAAAAAAAAIVAAAAAAAAAAAAAAAAAGAAAAU1NULTIvUEsDBBQAAAAIAAAAIVDzIuCWIwAAADsBAAAPAAAAU1NU",
      "LTIvdHJhaW4udHN2K07NK0nNS07lzElMSs3hSlRIz89PUUjLzMlV4DQc5eLjAgBQSwMEFAAAAAAAAAAhUKDyrd0WAAAA",
      "FgAAAA0AAABTU1QtMi9kZXYudHN2c2VudGVuY2UJbGFiZWwKYmFkIAkwClBLAQIUAxQAAAAAAAAAIVAAAAAAAAAAAAAA",
      "AAAGAAAAAAAAAAAAAACAAQAAAABTU1QtMi9QSwECFAMUAAAACAAAACFQ8yLgliMAAAA7AQAADwAAAAAAAAAAAAAAgAEk",
      "AAAAU1NULTIvdHJhaW4udHN2UEsBAhQDFAAAAAAAAAAhUKDyrd0WAAAAFgAAAA0AAAAAAAAAAAAAAIABdAAAAFNTVC0y",
      "L2Rldi50c3ZQSwUGAAAAAAMAAwCsAAAAtQAAABIAbWFkZSB3aXRoIFB5dGhvbiAz",
    ].join(""),
  ),
  (character) => character.charCodeAt(0),
);

/** What the deflated file holds. */
export const SAMPLE_TRAIN: string = "sentence\tlabel\n" + "a good film \t1\n".repeat(20);

/** What the stored file holds. */
export const SAMPLE_DEV = "sentence\tlabel\nbad \t0\n";

/** An archive of these files, uncompressed. */
export function makeZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, content] of files) {
    const title = new TextEncoder().encode(name);
    const sizes = [crc32(content), content.length, content.length, title.length];
    const local = record(
      0x04034b50,
      30,
      [[14, sizes[0]!], [18, sizes[1]!], [22, sizes[2]!]],
      title,
    );
    local[26] = title.length;
    const entry = record(
      0x02014b50,
      46,
      [[16, sizes[0]!], [20, sizes[1]!], [24, sizes[2]!], [42, at]],
      title,
    );
    entry[28] = title.length;
    parts.push(local, content);
    directory.push(entry);
    at += local.length + content.length;
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  const end = record(0x06054b50, 22, [[12, size], [16, at]], new Uint8Array(0));
  new DataView(end.buffer).setUint16(10, files.size, true);
  return concatenate([...parts, ...directory, end]);
}

function record(
  signature: number,
  bytes: number,
  fields: readonly (readonly [at: number, value: number])[],
  title: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes + title.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, signature, true);
  for (const [at, value] of fields) view.setUint32(at, value, true);
  whole.set(title, bytes);
  return whole;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
