import { formatExact, GWP_SETS, GWP100, type GwpSet, gwpOf, parseDecimal } from "@tallystick/contracts";
import { expect, it } from "vitest";
import { describePublished, publishedText } from "../published-data.ts";

const PREFIX = /^(hcfe|hcfc|hfc|hfe|cfc)-(.+)$/;

/** Their name of a gas: "hfc-43-10mee" is HFC4310mee, "c-c4f8" is cC4F8, "halon-1301" is Halon1301. */
function speciesOf(gas: string): string {
  const [, family = "", number = ""] = PREFIX.exec(gas) ?? [];
  if (family !== "") return family.toUpperCase() + number.replace("-", "");
  if (gas.startsWith("halon-")) return `Halon${gas.slice(6)}`;
  if (gas.startsWith("c-c")) return `c${gas.slice(2).toUpperCase()}`;
  return gas.toUpperCase().replace("CCL", "CCl").replace("CL", "Cl").replace("BR", "Br");
}

describePublished("IPCC GWP100 values, as openclimatedata has them", () => {
  const rows = publishedText("factors", "ipcc_gwp_sar_ar4_ar5_ar6.csv")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(","));
  const [header = [], ...species] = rows;
  const published = (gas: string, set: GwpSet): string | undefined =>
    species.find(([name]) => name === speciesOf(gas))?.[header.indexOf(`${set}GWP100`)] || undefined;
  const tabled = Object.keys(GWP100).filter((gas) => gas !== "co2" && !gas.startsWith("ch4-"));

  it("are ours, in all three sets, and absent where they are", () => {
    expect(tabled.length).toBe(72);
    for (const gas of tabled) {
      expect(
        species.some(([name]) => name === speciesOf(gas)),
        gas,
      ).toBe(true);
      for (const set of GWP_SETS) {
        const value = published(gas, set);
        expect(GWP100[gas]?.[set], `${gas} ${set}`).toBe(value);
        if (value !== undefined) expect(formatExact(gwpOf(gas, set))).toBe(formatExact(parseDecimal(value)));
      }
    }
  });

  it("include every CFC, HCFC, HFC and PFC that has a value in AR5", () => {
    const names = species.filter(
      (row) => /^(H?C?FC\d|c?C\d*F\d+$)/.test(row[0] ?? "") && row[header.indexOf("AR5GWP100")],
    );
    const ours = new Set(tabled.map(speciesOf));
    expect(names.length).toBeGreaterThan(40);
    expect(names.map(([name]) => name).filter((name) => !ours.has(name ?? ""))).toEqual([]);
  });
});
