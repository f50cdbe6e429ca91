import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { GWP_SETS, GWP100, type GwpSet } from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import { detectFormat, FACTOR_FORMATS } from "./formats.ts";
import { type ImportFile, readHead } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import { importIpccGwps } from "./ipcc-gwp.ts";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";

const TABLE: ImportFile = {
  name: "ipcc_gwp_sar_ar4_ar5_ar6.csv",
  open: () => createReadStream(publishedFactors("ipcc_gwp_sar_ar4_ar5_ar6.csv")),
};

describe.skipIf(!hasPublishedData)("the table of the IPCC's GWPs", () => {
  it.each<[GwpSet, number, number, number]>([
    ["AR4", 58, 47, 0],
    ["AR5", 86, 19, 14],
    ["AR6", 86, 19, 15],
  ])(
    "is one set of %s, with empty cells and gases that are not known here reported",
    async (gwpSet, values, blanks, unknown) => {
      const { imported, notices } = await importIpccGwps(gwpSet, [TABLE]);
      expect(imported.set).toMatchObject({ id: `ipcc-gwp100-${gwpSet.toLowerCase()}`, gwpSet, licence: "CC0 1.0" });
      expect(imported.rows.filter(({ kind }) => kind === "value")).toHaveLength(values);
      expect(imported.rows.filter(({ kind }) => kind === "not-available")).toHaveLength(blanks);
      const of = (trap: string) => notices.filter((notice) => notice.trap === trap);
      expect(of("blank")).toHaveLength(blanks);
      expect(of("unknown-gas")).toHaveLength(unknown);
      expect(of("other-metric").map(({ found }) => found)).not.toContain(`${gwpSet}GWP100`);
      expect(of("other-metric")).toHaveLength(10);
    },
  );

  it("has for every gas the GWP that this project calculates with, but for carbon dioxide and methane by its origin", async () => {
    for (const gwpSet of GWP_SETS) {
      const { imported } = await importIpccGwps(gwpSet, [TABLE]);
      const values = new Map(
        imported.rows.flatMap((row) => (row.kind === "value" ? [[row.gases?.[0]?.gas, row.value] as const] : [])),
      );
      const missing = Object.keys(GWP100).filter((gas) => GWP100[gas]?.[gwpSet] !== undefined && !values.has(gas));
      expect(missing).toEqual(["co2", "ch4-fossil", "ch4-biogenic"]);
      for (const [gas, value] of values) {
        if (gas !== undefined) expect(Number(GWP100[gas]?.[gwpSet])).toBe(Number(value));
      }
    }
  });

  it("is of three formats, of which somebody must name one", async () => {
    const head = await readHead(TABLE);
    const formats = FACTOR_FORMATS.filter((format) => format.detect(TABLE.name, head));
    expect(formats.map(({ id }) => id)).toEqual(["ipcc-gwp-ar4", "ipcc-gwp-ar5", "ipcc-gwp-ar6"]);
    expect(detectFormat(TABLE.name, head)).toBeUndefined();
    const report = await formats[1]?.import([TABLE]);
    expect(report?.imported.set.gwpSet).toBe("AR5");
  });
});

describe("a table of GWPs", () => {
  const importText = (text: string, gwpSet: GwpSet): Promise<ImportReport> =>
    importIpccGwps(gwpSet, [{ name: "gwp.csv", open: () => Readable.from([Buffer.from(text)]) }]);
  const HEADER = "# Global warming potentials of greenhouse gases.\nSpecies,AR5GWP100\n";

  it("keeps a gas by the name that is known here", async () => {
    const { imported } = await importText(`${HEADER}cC4F8,9540\n(CF3)2CHOH,182\n`, "AR5");
    expect(imported.rows).toMatchObject([
      {
        key: "gwp100/c-c4f8",
        value: "9540",
        gases: [{ gas: "c-c4f8", basis: "gas", value: "1" }],
        source: "row 3, column AR5GWP100",
      },
      { key: "gwp100/cf32choh", value: "182" },
    ]);
    expect(imported.rows[1]).not.toHaveProperty("gases");
  });

  it.each<[string, string, GwpSet]>([
    ["it has not the report's column", `${HEADER}CH4,28\n`, "AR6"],
    ["a GWP is not the report's", `${HEADER}CH4,25\n`, "AR5"],
    ["a GWP is no number", `${HEADER}CHCl3,x\n`, "AR5"],
    ["a gas occurs twice", `${HEADER}CHCl3,16\nCHCl3,16\n`, "AR5"],
    ["it has no header", "# only a comment\n", "AR5"],
  ])("is refused where %s", async (_, text, gwpSet) => {
    await expect(importText(text, gwpSet)).rejects.toMatchObject({ code: "FACTOR_FILE_INVALID" });
  });
});
