import { readdirSync, readFileSync } from "node:fs";
import { PRODUCT_FOOTPRINT_JSON_SCHEMA, type ProductFootprint } from "@tallystick/contracts";
import { isTallyError, type TallyError, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { footprint } from "../inventory/inventory.fixture.ts";
import { PUBLICATION_LIMITS, type PublicationIssue, parsePublication } from "./parse-publication.ts";

const FOOTPRINT = footprint(
  "10",
  {},
  {
    primaryDataShare: "80",
    packagingEmissionsIncluded: false,
    ccsTechnologicalCO2CaptureIncluded: false,
    dqi: { technologicalDQR: "1", geographicalDQR: "1", temporalDQR: "1" },
  },
);
const json = (value: unknown): Uint8Array => utf8Encode(JSON.stringify(value));

/** What parsing throws, which must be a typed error. */
function refusal(name: string, content: Uint8Array): TallyError {
  try {
    parsePublication(name, content);
  } catch (error) {
    if (isTallyError(error)) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

function issuesOf(name: string, content: Uint8Array): readonly PublicationIssue[] {
  const error = refusal(name, content);
  expect(error.code).toBe("PUBLICATION_INVALID");
  return (error.details as { issues: readonly PublicationIssue[] }).issues;
}

/** A footprint as a row: cells by column. */
function cellsOf(of: ProductFootprint): Record<string, string> {
  const cells = (value: object, prefix: string): [string, string][] =>
    Object.entries(value).flatMap(([name, item]): [string, string][] => {
      if (Array.isArray(item)) {
        const texts = item.map((one) => (typeof one === "object" ? `${one.name}@${one.version}` : String(one)));
        return [[`${prefix}${name}`, texts.join("; ")]];
      }
      if (typeof item === "object") return cells(item, `${prefix}${name}.`);
      return [[`${prefix}${name}`, String(item)]];
    });
  return Object.fromEntries(cells(of, ""));
}

function csv(rows: readonly Readonly<Record<string, string>>[], separator = "\n"): Uint8Array {
  const header = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const quote = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  const lines = [header, ...rows.map((row) => header.map((name) => row[name] ?? ""))];
  return utf8Encode(lines.map((cells) => cells.map(quote).join(",")).join(separator));
}

describe("a publication in JSON", () => {
  it.each([
    ["one footprint", FOOTPRINT],
    ["an array", [FOOTPRINT]],
    ["what a PACT API answers", { data: [FOOTPRINT] }],
    ["a footprint with nothing beside it", { footprint: FOOTPRINT }],
    ["an array of those", [{ footprint: FOOTPRINT }]],
  ])("is read from %s", (_, document) => {
    expect(parsePublication("a.json", json(document))).toEqual([
      { footprint: FOOTPRINT, inputs: [], lines: [], warnings: [] },
    ]);
  });

  it("keeps inputs, lines, warnings and unknown properties", () => {
    const document = {
      footprint: { ...FOOTPRINT, specVersion: "3.0.3", ours: { nested: [1] } },
      inputs: [{ productId: "urn:aa:b", qty: "1.05", unit: "kilogram" }],
      lines: [{ label: "all of it", kgCo2e: "10.0", source: "a meter" }],
    };
    const [item] = parsePublication("a.json", json(document));
    expect(item).toMatchObject(document);
    const warned = footprint("10", {}, { fossilGhgEmissions: "9" });
    expect(parsePublication("a.json", json(warned))[0]?.warnings.length).toBeGreaterThan(0);
  });

  it("keeps what a line rests on by name, and whether suppliers are named", () => {
    const document = {
      footprint: FOOTPRINT,
      inputs: [{ productId: "urn:aa:b", qty: "1.05", unit: "kilogram" }],
      lines: [
        { label: "bought", kgCo2e: "6", input: "urn:aa:b" },
        { label: "power", kgCo2e: "4", factor: "grid@2024.1.0#DE" },
      ],
      nameSuppliers: false,
    };
    expect(parsePublication("a.json", json(document))).toEqual([{ ...document, warnings: [] }]);
    const [named] = parsePublication("a.json", json({ ...document, nameSuppliers: true }));
    expect(named).not.toHaveProperty("nameSuppliers");
  });

  it.each<[string, object, string]>([
    ["a factor without its set", { factor: "DE" }, "lines.0.factor"],
    ["a factor of no version", { factor: "grid#DE" }, "lines.0.factor"],
    ["a factor with spaces", { factor: "grid@2024.1.0#D E" }, "lines.0.factor"],
    ["a factor that is no text", { factor: 1 }, "lines.0.factor"],
    ["an input that is not among the inputs", { input: "urn:aa:c" }, "lines.0.input"],
    ["an empty input", { input: "" }, "lines.0.input"],
    ["a factor and an input", { factor: "grid@2024.1.0#DE", input: "urn:aa:b" }, "lines.0"],
    ["a factor and a source", { factor: "grid@2024.1.0#DE", source: "a book" }, "lines.0"],
    ["a source that is a factor's key", { source: "factor:grid@2024.1.0#DE" }, "lines.0.source"],
    ["a source that is an entry's key", { source: "attestation:mine.example/feed#7" }, "lines.0.source"],
    ["an unknown property", { factors: [] }, "lines.0"],
  ])("is refused for a line with %s", (_, restsOn, path) => {
    const inputs = [{ productId: "urn:aa:b", qty: "1", unit: "kilogram" }];
    const lines = [{ label: "all of it", kgCo2e: "10", ...restsOn }];
    const issues = issuesOf("a.json", json({ footprint: FOOTPRINT, inputs, lines }));
    expect(new Set(issues.map((issue) => issue.path))).toEqual(new Set([path]));
  });

  it("is refused for a line that is none, and where it does not say yes or no", () => {
    const of = (more: object): string[] =>
      issuesOf("a.json", json({ footprint: FOOTPRINT, ...more })).map(({ path }) => path);
    expect(of({ lines: ["all of it"] })).toEqual(["lines.0"]);
    expect(of({ lines: [{ factor: "x" }] })).toEqual(["lines.0.label", "lines.0.kgCo2e", "lines.0.factor"]);
    expect(of({ nameSuppliers: "no" })).toEqual(["nameSuppliers"]);
  });

  it("reads every file of the demo", () => {
    const folder = new URL("../../../demo/footprints/", import.meta.url);
    for (const name of readdirSync(folder)) {
      expect(parsePublication(name, readFileSync(new URL(name, folder))).length, name).toBeGreaterThan(0);
    }
  });

  it.each([
    ["not JSON", utf8Encode("{"), "not JSON"],
    ["not UTF-8", Uint8Array.of(0xff, 0xfe, 0x00), "not UTF-8"],
    ["an overlong encoding", Uint8Array.of(0xc0, 0xaf), "not UTF-8"],
    ["an empty list", json([]), "no footprint in it"],
    ["an unknown neighbour", json({ footprint: FOOTPRINT, line: [] }), "unknown beside footprint"],
    ["lines that do not add up", json({ footprint: FOOTPRINT, lines: [{ label: "a", kgCo2e: "9.9" }] }), "9.9"],
  ])("is refused for %s", (_, content, message) => {
    expect(issuesOf("a.json", content)).toEqual([
      expect.objectContaining({ message: expect.stringContaining(message) }),
    ]);
  });

  it.each([
    ["no decimal", { productId: "urn:a", qty: "1,5", unit: "kilogram" }, "inputs.0.qty"],
    ["nothing", { productId: "urn:a", qty: "0", unit: "kilogram" }, "inputs.0.qty"],
    ["less than nothing", { productId: "urn:a", qty: "-1", unit: "kilogram" }, "inputs.0.qty"],
    ["an ambiguous unit", { productId: "urn:a", qty: "1", unit: "ton" }, "inputs.0.unit"],
    ["no product", { productId: "", qty: "1", unit: "kilogram" }, "inputs.0.productId"],
  ])("is refused for an input of %s", (_, input, path) => {
    expect(issuesOf("a.json", json({ footprint: FOOTPRINT, inputs: [input] })).map((issue) => issue.path)).toEqual([
      path,
    ]);
  });

  it("names every issue of every footprint, with the contract's rule, and publishes none [CON-1]", () => {
    const negative = footprint("10", { productIds: ["urn:aa:2"] });
    const { companyName: _, ...unnamed } = FOOTPRINT;
    const issues = issuesOf(
      "a.json",
      json([
        footprint("10", { productIds: ["urn:aa:1"] }),
        { ...negative, pcf: { ...negative.pcf, fossilGhgEmissions: "-1" } },
        unnamed,
      ]),
    );
    expect(issues.map(({ item, path }) => [item, path])).toEqual([
      ["#2 urn:aa:2", "pcf.fossilGhgEmissions"],
      [`#3 ${FOOTPRINT.productIds[0]}`, "companyName"],
    ]);
  });

  it("stops at a hundred issues", () => {
    expect(issuesOf("a.json", json(Array.from({ length: 300 }, () => 1)))).toHaveLength(100);
  });

  it("is refused above its limits", () => {
    const { fileBytes, items } = PUBLICATION_LIMITS;
    expect(refusal("a.json", new Uint8Array(fileBytes + 1)).code).toBe("FILE_TOO_LARGE");
    expect(refusal("a.json", json(Array.from({ length: items + 1 }, () => 1))).code).toBe("PUBLICATION_TOO_LARGE");
    expect(refusal("a.csv", utf8Encode(`id\n${"1\n".repeat(items + 1)}`)).code).toBe("PUBLICATION_TOO_LARGE");
  });
});

describe("one file", () => {
  const other = (changes: Partial<ProductFootprint>, pcf: Partial<ProductFootprint["pcf"]> = {}): ProductFootprint =>
    footprint("11", { id: "3893bb5d-da16-4dc1-9185-11d97476c255", ...changes }, pcf);
  const [id = ""] = FOOTPRINT.productIds;

  it.each([
    ["the same product", other({})],
    ["one of several products", other({ productIds: ["urn:aa:another", id] })],
    ["the same period spelled otherwise", other({}, { referencePeriodStart: "2023-01-01T01:00:00+01:00" })],
  ])("has no two footprints for %s [LEAF-4]", (_, second) => {
    const issues = issuesOf("a.json", json([FOOTPRINT, second]));
    expect(issues).toEqual([expect.objectContaining({ path: "productIds", message: expect.stringContaining("#1") })]);
  });

  it("may have one for each period and place", () => {
    const later = { referencePeriodStart: "2024-01-01T00:00:00Z", referencePeriodEnd: "2025-01-01T00:00:00Z" };
    const all = [FOOTPRINT, other({}, later), other({}, { geographyCountry: "NO" })];
    expect(parsePublication("a.json", json(all))).toHaveLength(3);
  });
});

describe("a publication in CSV", () => {
  const full = footprint(
    "10",
    {
      productClassifications: ["urn:cpc:1", "urn:cpc:2"],
      comment: 'says "no", twice',
      companyIds: ["urn:aa:1", "urn:aa:2"],
    },
    {
      packagingEmissionsIncluded: true,
      packagingGhgEmissions: "0.1",
      ccsTechnologicalCO2CaptureIncluded: false,
      secondaryEmissionFactorSources: [
        { name: "a table, with a comma", version: "2023" },
        { name: "b@home", version: "1.0" },
      ],
      dqi: { technologicalDQR: "2.1", geographicalDQR: "1", temporalDQR: "1.5" },
      verification: { providerName: "an assurer", completedAt: "2024-02-01T00:00:00Z" },
    },
  );

  it("says what the JSON says", () => {
    const rows = csv([cellsOf(full)]);
    expect(parsePublication("A.CSV", rows)).toEqual(parsePublication("a.json", json(full)));
  });

  it("may have a byte order mark, CRLF, empty lines and empty cells", () => {
    const rows = csv([cellsOf(full), { ...cellsOf(FOOTPRINT), productIds: "urn:aa:b" }, {}], "\r\n");
    const text = `\ufeff${new TextDecoder().decode(rows).trimEnd().replace(/,+$/, "")}\r\n\r\n`;
    expect(parsePublication("a.csv", utf8Encode(text)).map((item) => item.footprint)).toEqual([
      full,
      { ...FOOTPRINT, productIds: ["urn:aa:b"] },
    ]);
  });

  it("has a column for every property of PACT's that one cell can hold", () => {
    type Schema = { properties?: Record<string, Schema>; items?: Schema; type?: string };
    const columnsOf = (schema: Schema, prefix: string): string[] =>
      Object.entries(schema.properties ?? {}).flatMap(([name, each]) => {
        if (each.properties !== undefined) return columnsOf(each, `${prefix}${name}.`);
        const structured = each.items?.properties !== undefined && name !== "secondaryEmissionFactorSources";
        return structured ? [] : [`${prefix}${name}`];
      });
    const columns = columnsOf(PRODUCT_FOOTPRINT_JSON_SCHEMA as Schema, "");
    expect(columns.length).toBeGreaterThan(60);
    const messages = issuesOf("a.csv", utf8Encode(`${columns.join(",")},inputs\n`)).map(({ message }) => message);
    expect(messages).toEqual(["no footprint in it"]);
  });

  it("reads inputs", () => {
    const inputs = "urn:aa:product=b=1.05 kilogram; urn:c=2 cubic meter;";
    expect(parsePublication("a.csv", csv([{ ...cellsOf(FOOTPRINT), inputs }]))[0]?.inputs).toEqual([
      { productId: "urn:aa:product=b", qty: "1.05", unit: "kilogram" },
      { productId: "urn:c", qty: "2", unit: "cubic meter" },
    ]);
  });

  it("reads whether suppliers are named", () => {
    const rows = csv([{ ...cellsOf(FOOTPRINT), nameSuppliers: "FALSE" }]);
    expect(parsePublication("a.csv", rows)).toMatchObject([{ footprint: FOOTPRINT, nameSuppliers: false }]);
    expect(issuesOf("a.csv", csv([{ ...cellsOf(FOOTPRINT), nameSuppliers: "no" }]))).toMatchObject([
      { path: "nameSuppliers" },
    ]);
  });

  it("names each part of inputs that it cannot read, by row", () => {
    const inputs = "urn:a; urn:b=1kilogram; =1 kilogram; urn:c=1 kilogram";
    const { productIds } = cellsOf(FOOTPRINT);
    const issues = issuesOf("a.csv", csv([{ ...cellsOf(FOOTPRINT), inputs }]));
    expect(issues).toHaveLength(3);
    for (const { item, path } of issues) expect([item, path]).toEqual([`row 2 ${productIds}`, "inputs"]);
  });

  it.each([
    [
      "an unknown column, by name",
      "id,pcf.fosilGhgEmissions,__proto__\n",
      'unknown column "pcf.fosilGhgEmissions", "__proto__"',
    ],
    ["a column that stands twice", "id,id\n", "a column stands twice"],
    ["a row of another length", "id,status\n1\n", "not CSV"],
    ["an open quote", 'id\n"1\n', "not CSV"],
    ["nothing", "", "no footprint in it"],
  ])("is refused for %s", (_, text, message) => {
    const issues = issuesOf("a.csv", utf8Encode(text));
    expect(issues).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })]);
  });

  it("invents nothing: what is missing is an error, and so is a boolean that is none", () => {
    const { id: _, status: __, specVersion: ___, ...rest } = cellsOf(FOOTPRINT);
    const issues = issuesOf("a.csv", csv([{ ...rest, "pcf.packagingEmissionsIncluded": "yes" }]));
    expect(issues.map(({ path }) => path).sort()).toEqual([
      "id",
      "pcf.packagingEmissionsIncluded",
      "specVersion",
      "status",
    ]);
  });
});

describe("any file", () => {
  const accepts = (name: string, content: Uint8Array): void => {
    try {
      expect(parsePublication(name, content).length).toBeGreaterThan(0);
    } catch (error) {
      if (!isTallyError(error)) throw error;
      expect(["PUBLICATION_INVALID", "PUBLICATION_TOO_LARGE"]).toContain(error.code);
    }
  };

  it("gives items or a typed error: any bytes, any JSON, any table", () => {
    const name = fc.constantFrom("a.json", "a.csv");
    fc.assert(fc.property(name, fc.uint8Array({ maxLength: 300 }), accepts));
    fc.assert(fc.property(name, fc.string({ unit: "binary" }).map(utf8Encode), accepts));
    fc.assert(fc.property(fc.json().map(utf8Encode), (content) => accepts("a.json", content)));
    const cell = fc.constantFrom("", "a", '"', ",", ";", "\n", "=", "@", "1 kilogram", "urn:a=1 kilogram", "true");
    const column = fc.constantFrom(
      "id",
      "inputs",
      "productIds",
      "pcf.secondaryEmissionFactorSources",
      "pcf.dqi.temporalDQR",
    );
    const text = fc.tuple(fc.array(column), fc.array(cell)).map(([columns, cells]) => `${columns}\n${cells.join("")}`);
    fc.assert(fc.property(text.map(utf8Encode), (content) => accepts("a.csv", content)));
  });

  it("gives items or a typed error where one byte of a good one is another", () => {
    const files = [
      ["a.json", json(FOOTPRINT)],
      ["a.csv", csv([cellsOf(FOOTPRINT)])],
    ] as const;
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.nat(), fc.integer({ min: 0, max: 255 }), ([name, bytes], at, value) => {
        const changed = Uint8Array.from(bytes);
        changed[at % changed.length] = value;
        accepts(name, changed);
      }),
    );
  });
});

describe("docs/publication-files.md", () => {
  it("has an example of each format that publishes the same footprint", () => {
    const text = readFileSync(new URL("../../../../docs/publication-files.md", import.meta.url), "utf8");
    const example = (language: string): Uint8Array => {
      const [, block = ""] = new RegExp(`\`\`\`${language}\n([^\`]+)\`\`\``).exec(text) ?? [];
      return utf8Encode(block);
    };
    const [fromJson] = parsePublication("a.json", example("json"));
    const [fromCsv] = parsePublication("a.csv", example("csv"));
    expect(fromJson?.warnings).toEqual([]);
    expect(fromJson?.lines).toHaveLength(3);
    expect(fromCsv).toEqual({ ...fromJson, lines: [] });
  });
});
