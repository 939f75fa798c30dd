import { assertEquals, assertThrows } from "@std/assert";
import { unzip } from "./zip.ts";
import { SAMPLE_DEV, SAMPLE_TRAIN, SAMPLE_ZIP } from "./zip_sample.ts";

const TRAIN = "SST-2/train.tsv";
const DEV = "SST-2/dev.tsv";

/** The sample with the bytes at an offset replaced. */
function changed(offset: number, ...bytes: number[]): Uint8Array {
  const copy = SAMPLE_ZIP.slice();
  copy.set(bytes, offset);
  return copy;
}

/** Where the nth record with this signature begins; `PK` and two more bytes. */
function recordAt(third: number, fourth: number, nth: number): number {
  let at = -1;
  for (let found = 0; found <= nth; found++) {
    do at++; while (
      SAMPLE_ZIP[at] !== 0x50 || SAMPLE_ZIP[at + 1] !== 0x4b || SAMPLE_ZIP[at + 2] !== third ||
      SAMPLE_ZIP[at + 3] !== fourth
    );
  }
  return at;
}

const localOfTrain = recordAt(3, 4, 1);
const centralOfTrain = recordAt(1, 2, 1);
const centralOfDev = recordAt(1, 2, 2);
const end = recordAt(5, 6, 0);

function assertBroken(archive: Uint8Array, name: string, includes: string): void {
  assertThrows(() => unzip(archive, [name]), SyntaxError, includes);
}

Deno.test("unzip() unpacks what another program packed, deflated and stored", () => {
  const files = unzip(SAMPLE_ZIP, [TRAIN, DEV]);
  const text = (name: string): string => new TextDecoder().decode(files.get(name));
  assertEquals([text(TRAIN), text(DEV)], [SAMPLE_TRAIN, SAMPLE_DEV]);
  assertEquals(files.size, 2);
});

Deno.test("unzip() reads an archive that is a part of a larger buffer", () => {
  const larger = new Uint8Array(SAMPLE_ZIP.length + 20);
  larger.set(SAMPLE_ZIP, 7);
  const files = unzip(larger.subarray(7, 7 + SAMPLE_ZIP.length), [TRAIN]);
  assertEquals(new TextDecoder().decode(files.get(TRAIN)), SAMPLE_TRAIN);
});

Deno.test("unzip() tells what is there if a name is not", () => {
  assertThrows(() => unzip(SAMPLE_ZIP, ["test.tsv"]), RangeError, `${TRAIN}, ${DEV}`);
});

Deno.test("unzip() refuses what is no whole archive", () => {
  const expected = "expected a whole zip archive";
  assertBroken(new Uint8Array(0), TRAIN, expected);
  assertBroken(
    new TextEncoder().encode("<html>not found, but in a friendly way</html>"),
    TRAIN,
    expected,
  );
  for (const cut of [1, 18, 60, 200]) {
    assertBroken(SAMPLE_ZIP.subarray(0, SAMPLE_ZIP.length - cut), TRAIN, expected);
  }
});

Deno.test("unzip() finds every changed byte of a file", () => {
  const start = localOfTrain + 30 + TRAIN.length;
  for (let at = start; at < recordAt(3, 4, 2); at++) {
    assertBroken(changed(at, SAMPLE_ZIP[at]! ^ 0x55), TRAIN, TRAIN);
  }
  const stored = recordAt(3, 4, 2) + 30 + DEV.length;
  assertBroken(changed(stored, 0x00), DEV, `${DEV} does not match its checksum`);
});

Deno.test("unzip() unpacks no more than the archive announces", () => {
  // A bomb: 315 bytes come out where 8 are announced.
  assertBroken(changed(centralOfTrain + 24, 8, 0, 0, 0), TRAIN, `${TRAIN} does not unpack`);
  assertBroken(changed(centralOfTrain + 24, 0x3c, 1, 0, 0), TRAIN, "315 bytes, expected 316");
  assertBroken(changed(centralOfDev + 20, 0xff, 0xff, 0, 0), DEV, "goes past the end");
});

Deno.test("unzip() refuses directories that point elsewhere", () => {
  assertBroken(changed(centralOfTrain + 42, 1, 0, 0, 0), TRAIN, "is not where the directory says");
  assertBroken(
    changed(centralOfTrain + 42, 0, 0, 0, 0x7f),
    TRAIN,
    "is not where the directory says",
  );
  assertBroken(changed(centralOfTrain, 0), DEV, "entry 2 of 3 is not in its directory");
  assertBroken(changed(end + 10, 9, 0), DEV, "entry 4 of 9 is not in its directory");
});

Deno.test("unzip() says what it does not read", () => {
  assertBroken(changed(centralOfTrain + 8, 1), TRAIN, `${TRAIN} is encrypted`);
  assertBroken(changed(centralOfTrain + 10, 12), TRAIN, "compressed by method 12, expected 8");
  assertBroken(changed(end + 10, 0xff, 0xff), TRAIN, "it is zip64, expected a plain zip");
});
