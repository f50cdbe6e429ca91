import { createReadStream, existsSync } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { importEpaSupplyChain } from "./epa-supply-chain.ts";

const data = process.env.TALLYSTICK_DATA ?? resolve(import.meta.dirname, "../../../../shared/data");
const official = (file: string): string => resolve(data, "factors", file);
const hasData = existsSync(data);
if (!hasData) console.warn(`SKIPPED, no published data at ${data}: the official EPA files. Set TALLYSTICK_DATA.`);

describe.skipIf(!hasData)("the official files", () => {
  it.each([
    ["epa_supplychain_v1.3.0_naics_co2e_usd2022.csv", "1.3.0", "AR5", "0.532"],
    ["epa_supplychain_v1.2_naics_co2e_usd2021.csv", "1.2.0", "AR4", "1.326"],
  ])("import whole: %s", async (file, version, gwpSet, soybean) => {
    const { imported, roundingGaps } = await importEpaSupplyChain(file, createReadStream(official(file)));
    expect(imported.set).toMatchObject({ version, gwpSet, rowCount: 1_016 });
    expect(imported.rows.find((row) => row.key === "111110")).toMatchObject({ value: soybean });
    // FACTORS: without + margins = with holds up to rounding only.
    expect(roundingGaps.length).toBeGreaterThan(0);
    expect(roundingGaps.every(({ gap }) => Math.abs(Number(gap)) === 1)).toBe(true);
  });

  it("are not the by-gas files", async () => {
    const file = "epa_supplychain_v1.3.0_naics_byghg_usd2022.csv";
    await expect(importEpaSupplyChain(file, createReadStream(official(file)))).rejects.toThrow("FACTOR_FILE_INVALID");
  });
});

describe("a damaged file is refused whole, by row and column", () => {
  const header =
    "2017 NAICS Code,2017 NAICS Title,GHG,Unit,Supply Chain Emission Factors without Margins,Margins of Supply Chain Emission Factors,Supply Chain Emission Factors with Margins,Reference USEEIO Code";
  const good = '111110,Soybean Farming,All GHGs,"kg CO2e/2022 USD, purchaser price",0.488,0.044,0.532,1111A0';
  const importText = (...lines: string[]) =>
    importEpaSupplyChain("x.csv", Readable.from([Buffer.from(lines.join("\n"))]));

  it("takes the good row, with a byte order mark too", async () => {
    expect((await importText(`\ufeff${header}`, good)).imported.rows).toHaveLength(1);
  });

  it("names what cannot be read, and closes what it leaves half read", async () => {
    const absent = createReadStream(resolve(import.meta.dirname, "no-such-file.csv"));
    await expect(importEpaSupplyChain("x.csv", absent)).rejects.toMatchObject({
      code: "FACTOR_FILE_INVALID",
      details: { reason: "cannot be read" },
    });
    const rest = Readable.from([Buffer.from("a,b,c\n"), Buffer.from(good)]);
    await expect(importEpaSupplyChain("x.csv", rest)).rejects.toThrow("FACTOR_FILE_INVALID");
    expect(rest.destroyed).toBe(true);
  });

  it("stops at its limits", async () => {
    const row = (code: number) => good.replace("111110", String(code));
    const tooMany = [header, ...Array.from({ length: 20_001 }, (_, at) => row(200_000 + at))];
    await expect(importText(...tooMany)).rejects.toMatchObject({ details: { reason: "more than 20000 rows" } });
    // The title's spaces are trimmed, so these rows are good ones.
    const wide = Array.from({ length: 6_000 }, (_, at) =>
      row(200_000 + at).replace("Farming", `Farming${" ".repeat(3_000)}`),
    );
    await expect(importText(header, ...wide)).rejects.toMatchObject({
      details: { reason: "larger than 16777216 bytes" },
    });
    const oneLine = [header, "x".repeat(5_000)];
    await expect(importText(...oneLine)).rejects.toMatchObject({ details: { reason: "not CSV" } });
  });

  it.each([
    ["an empty file", [""], 1, ""],
    ["no rows", [header], 1, ""],
    ["another header", ["a,b,c", good], 1, ""],
    ["a missing factor", [header, good.replace("0.532", "")], 2, "Supply Chain Emission Factors with Margins"],
    ["a bound for a factor", [header, good.replace("0.532", "<1")], 2, "Supply Chain Emission Factors with Margins"],
    ["a negative factor", [header, good.replace("0.532", "-0.532")], 2, "Supply Chain Emission Factors with Margins"],
    [
      "binary noise",
      [header, good.replace("0.532", "0.53200000000000003")],
      2,
      "Supply Chain Emission Factors with Margins",
    ],
    [
      "a whole that is not its parts",
      [header, good.replace("0.532", "0.632")],
      2,
      "Supply Chain Emission Factors with Margins",
    ],
    ["a duplicate code", [header, good, good], 3, "2017 NAICS Code"],
    ["a code that is none", [header, good.replace("111110", "1111")], 2, "2017 NAICS Code"],
    ["one gas only", [header, good.replace("All GHGs", "Methane")], 2, "GHG"],
    ["another unit", [header, good.replace("kg CO2e", "t CO2e")], 2, "Unit"],
    ["two price years", [header, good, good.replace("111110", "111120").replace("2022", "2021")], 3, "Unit"],
    ["an unknown price year", [header, good.replace("2022", "2019")], 1, "Unit"],
    ["a broken quote", [header, good.replace('"kg', 'k"g')], 2, ""],
  ])("%s", async (_what, lines, row, column) => {
    await expect(importText(...lines)).rejects.toMatchObject({ code: "FACTOR_FILE_INVALID", details: { row, column } });
  });
});
