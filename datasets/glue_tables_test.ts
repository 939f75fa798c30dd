import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import { type GlueName, readGlue } from "./glue.ts";
import { GLUE_AVERAGED, glueAverage } from "./glue_average.ts";
import { withFiles } from "./temporary_files.ts";

/** Rows of a file, cells by commas. */
function tsv(...rows: readonly string[]): string {
  return rows.map((row) => row.replaceAll(",", "\t") + "\n").join("");
}

const PARSES = "sentence1_binary_parse,sentence2_binary_parse,sentence1_parse,sentence2_parse";
const MNLI = `index,promptID,pairID,genre,${PARSES},sentence1,sentence2`;

/** A training row and an evaluation row of each task in the published columns, and how they are read. */
const CASES: readonly {
  readonly name: GlueName;
  readonly folder: string;
  readonly files: Readonly<Record<string, string>>;
  readonly train: Awaited<ReturnType<typeof readGlue>>["train"];
  readonly devLabels: readonly number[];
  readonly metric: string;
}[] = [
  {
    name: "cola",
    folder: "CoLA",
    files: {
      train: tsv('gj04,1,,"Our friends won\'t buy this."', "c_05,0,*,The gardener planted."),
      dev: tsv("gj04,0,*,Dogs sees."),
    },
    train: [{ first: '"Our friends won\'t buy this."', label: 1 }, {
      first: "The gardener planted.",
      label: 0,
    }],
    devLabels: [0],
    metric: "matthews",
  },
  {
    name: "stsb",
    folder: "STS-B",
    files: {
      train: tsv(
        "index,genre,filename,year,old_index,source1,source2,sentence1,sentence2,score",
        "0,captions,MSRvid,2012test,1,none,none,A plane.,An air plane.,4.750",
      ),
      dev: tsv(
        "index,genre,filename,year,old_index,source1,source2,sentence1,sentence2,score",
        "0,captions,MSRvid,2012test,0,none,none,A man.,A dog.,0.000",
        "1,captions,MSRvid,2012test,2,none,none,A man.,A man.,5.000",
      ),
    },
    train: [{ first: "A plane.", second: "An air plane.", label: 4.75 }],
    devLabels: [0, 5],
    metric: "pearson",
  },
  {
    name: "qqp",
    folder: "QQP",
    files: {
      train: tsv(
        "id,qid1,qid2,question1,question2,is_duplicate",
        ...Array.from({ length: 150 }, (_, i) => `${i},1,2,How ${i}?,Why?,${i % 2}`),
        "9,1,2,broken",
      ),
      dev: tsv("id,qid1,qid2,question1,question2,is_duplicate", "0,3,4,What?,Which?,1"),
    },
    train: Array.from(
      { length: 150 },
      (_, i) => ({ first: `How ${i}?`, second: "Why?", label: i % 2 }),
    ),
    devLabels: [1],
    metric: "f1",
  },
  {
    name: "mnli",
    folder: "MNLI",
    files: {
      train: tsv(`${MNLI},label1,gold_label`, "0,1,1n,fiction,p,p,p,p,One.,Two.,neutral,neutral"),
      dev_matched: tsv(
        `${MNLI},label1,label2,label3,label4,label5,gold_label`,
        "0,1,1n,fiction,p,p,p,p,A.,B.,neutral,,,,,contradiction",
      ),
      dev_mismatched: tsv(
        `${MNLI},label1,label2,label3,label4,label5,gold_label`,
        "0,1,1n,letters,p,p,p,p,A.,B.,neutral,,,,,entailment",
      ),
    },
    train: [{ first: "One.", second: "Two.", label: 1 }],
    devLabels: [2, 0],
    metric: "accuracy",
  },
  {
    name: "qnli",
    folder: "QNLI",
    files: {
      train: tsv("index,question,sentence,label", "0,When?,In 1876.,entailment"),
      dev: tsv("index,question,sentence,label", "0,Who?,Then.,not_entailment"),
    },
    train: [{ first: "When?", second: "In 1876.", label: 0 }],
    devLabels: [1],
    metric: "accuracy",
  },
  {
    name: "rte",
    folder: "RTE",
    files: {
      train: tsv("index,sentence1,sentence2,label", "0,It is.,It was.,not_entailment"),
      dev: tsv("index,sentence1,sentence2,label", "0,It is.,It is.,entailment"),
    },
    train: [{ first: "It is.", second: "It was.", label: 1 }],
    devLabels: [0],
    metric: "accuracy",
  },
  {
    name: "wnli",
    folder: "WNLI",
    files: {
      train: tsv("index,sentence1,sentence2,label", "0,I stuck a pin.,The pin had.,1"),
      dev: tsv("index,sentence1,sentence2,label", "0,It.,She.,0"),
    },
    train: [{ first: "I stuck a pin.", second: "The pin had.", label: 1 }],
    devLabels: [0],
    metric: "accuracy",
  },
];

function filesOf({ folder, files }: typeof CASES[number]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`glue/${folder}/${name}.tsv`, text]),
  );
}

for (const one of CASES) {
  Deno.test(`readGlue() reads ${one.folder} in its published columns`, async () => {
    await withFiles(filesOf(one), async (directory) => {
      const { train, dev, metric, files, notes } = await readGlue(one.name, directory);
      assertEquals(train, one.train);
      assertEquals(dev.map(({ label }) => label), one.devLabels);
      assertEquals([metric, files.length], [one.metric, Object.keys(one.files).length]);
      assert(notes.some((note) => note.startsWith("train set: ")), notes.join());
    });
  });
}

Deno.test("readGlue() leaves out few rows of QQP that have lost columns, and says so", async () => {
  await withFiles(filesOf(CASES[2]!), async (directory) => {
    const { notes } = await readGlue("qqp", directory);
    assert(notes[0]!.includes("rows of qqp: 1 of 154 left out as broken"), notes[0]);
  });
  const files = filesOf(CASES[2]!);
  files["glue/QQP/train.tsv"] = tsv("id,qid1,qid2,question1,question2,is_duplicate", "1,2");
  await withFiles(files, async (directory) => {
    await assertRejects(
      () => readGlue("qqp", directory),
      EnvironmentError,
      "rows of qqp: at least 1 of 2",
    );
  });
});

Deno.test("readGlue() names what is wrong with a task's file", async () => {
  const cases: readonly (readonly [GlueName, string, string, string])[] = [
    ["rte", "glue/RTE/train.tsv", tsv("index,sentence1,label", "0,a,entailment"), '"sentence2"'],
    [
      "rte",
      "glue/RTE/train.tsv",
      tsv("index,sentence1,sentence2,label", "0,a,b,maybe"),
      'train.tsv:2: label is "maybe", expected entailment, not_entailment',
    ],
    ["cola", "glue/CoLA/dev.tsv", tsv("a,1,b"), "dev.tsv:1: 3 columns, expected 4"],
    [
      "stsb",
      "glue/STS-B/dev.tsv",
      tsv("sentence1,sentence2,score", "a,b,5.2"),
      'dev.tsv:2: score is "5.2", expected 0 to 5',
    ],
  ];
  for (const [name, path, text, words] of cases) {
    const files = { ...filesOf(CASES.find((one) => one.name === name)!), [path]: text };
    await withFiles(files, async (directory) => {
      await assertRejects(() => readGlue(name, directory), SyntaxError, words);
    });
  }
  await withFiles({ "glue/RTE/train.tsv": "" }, async (directory) => {
    const lack = () => readGlue("mnli", directory);
    await assertRejects(lack, EnvironmentError, "glue/MNLI/dev_matched.tsv and");
  });
});

Deno.test("glueAverage() is a mean of tasks, and says which are missing", () => {
  const whole = new Map(GLUE_AVERAGED.map((name, i) => [name, [i / 10, i / 10]]));
  assertAlmostEquals(glueAverage(whole).average, 0.35, 1e-12);
  assertEquals(glueAverage(whole).deviations, []);
  const { average, missing, deviations } = glueAverage(
    new Map([["sst2", [0.9]], ["mrpc", [0.8, 0.6]], ["cola", []], ["wnli", [0.1]]]),
  );
  assertAlmostEquals(average, 0.8, 1e-12);
  assertEquals(missing, ["cola", "stsb", "qqp", "mnli", "qnli", "rte"]);
  assertEquals(deviations, [
    "GLUE average: over sst2, mrpc alone, without cola, stsb, qqp, mnli, qnli, rte",
  ]);
  assertThrows(() => glueAverage(new Map()), RangeError, "no scores");
});
