import { formatExact, GWP_SETS, GWP100, type GwpSet, gwpOf, parseDecimal } from "@tallystick/contracts";
import { expect, it } from "vitest";
import { describePublished, publishedText } from "../published-data.ts";

/** Their name of a gas: "hfc-134a" is HFC134a, "c-c4f8" is cC4F8. */
function speciesOf(gas: string): string {
  if (gas.startsWith("hfc-")) return `HFC${gas.slice(4).replace("-", "")}`;
  if (gas === "c-c4f8") return "cC4F8";
  return gas.toUpperCase();
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
    expect(tabled.length).toBeGreaterThan(30);
    for (const gas of tabled) {
      for (const set of GWP_SETS) {
        const value = published(gas, set);
        expect(GWP100[gas]?.[set], `${gas} ${set}`).toBe(value);
        if (value !== undefined) expect(formatExact(gwpOf(gas, set))).toBe(formatExact(parseDecimal(value)));
      }
    }
  });

  it("include every HFC and PFC that has a value in AR5", () => {
    const names = species.filter((row) => /^HFC\d/.test(row[0] ?? "") && row[header.indexOf("AR5GWP100")]);
    const ours = new Set(tabled.map(speciesOf));
    expect(names.map(([name]) => name).filter((name) => !ours.has(name ?? ""))).toEqual([]);
  });
});
