/**
 * A zip archive for tests, made by another program.
 *
 * @module
 */

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
