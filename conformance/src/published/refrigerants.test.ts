import {
  abs,
  compare,
  type GasAmount,
  GWP100,
  gasesOfBlend,
  isBlend,
  isKyotoGas,
  ONE,
  parseDecimal,
  type Rational,
  rational,
  sub,
  toCo2e,
} from "@tallystick/contracts";
import { expect, it } from "vitest";
import { describePublished, publishedText } from "../published-data.ts";

/** Fields of a line of CSV, of which some are in quotation marks. */
function fieldsOf(line: string): string[] {
  return [...line.matchAll(/("([^"]*)"|[^,]*)(,|$)/g)].map(([, whole = "", quoted]) => quoted ?? whole);
}

const linesOf = (file: string): string[][] =>
  publishedText("factors", file).trimEnd().split(/\r?\n/).slice(1).map(fieldsOf);

const kyoto = ({ gas }: GasAmount): boolean => isKyotoGas(gas);
const notKyoto = (amount: GasAmount): boolean => !kyoto(amount);

/** Whether a printed integer is the rounding of what we have, of which a half may have gone either way. */
function isRoundingOf(printed: string, ours: Rational, slack: Rational = rational(1n, 2n)): boolean {
  return compare(abs(sub(parseDecimal(printed), ours)), slack) <= 0;
}

describePublished("EPA's GWPs of refrigerant blends, AR4", () => {
  const rows = linesOf("epa_hub/epa_hub_2023_gwp-for-blended-refrigerants.csv");
  const printedComposition = (text: string): Record<string, number> =>
    Object.fromEntries([...text.matchAll(/([\d.]+)%? (?:HFC[- ]?|PFC-)(\w+)/g)].map(([, n, gas]) => [gas, Number(n)]));

  it("are those of the HFCs and PFCs of our blends, in all 36", () => {
    expect(rows).toHaveLength(36);
    for (const [name = "", printed = ""] of rows) {
      const ours = toCo2e(gasesOfBlend(name, ONE).filter(kyoto), "AR4");
      expect(isRoundingOf(printed, ours), name).toBe(true);
    }
  });

  it("belong to the printed HFC and PFC shares, but for four rows", () => {
    const number: Readonly<Record<string, string>> = { c2f6: "116", c3f8: "218" };
    const differing = rows.filter(([name = "", , composition = ""]) => {
      const ours = gasesOfBlend(name, parseDecimal("100")).filter(kyoto);
      const printed = printedComposition(composition);
      return (
        ours.length !== Object.keys(printed).length ||
        ours.some(({ gas, kg }) => printed[number[gas] ?? gas.slice(4)] !== Number(kg.n) / Number(kg.d))
      );
    });
    // R-402A: 6 for 60. R-417A: 5 for 50. R-428A: 2 for 20. R-507: 5 and 5 for 50 and 50.
    expect(differing.map(([name]) => name)).toEqual(["R-402A", "R-417A", "R-428A", "R-507"]);
  });
});

describePublished("the UK's factors of refrigerants", () => {
  const gasIds: Readonly<Record<string, string>> = {
    "Carbon tetrachloride": "ccl4",
    "Methyl bromide": "ch3br",
    "Methyl chloroform": "ch3ccl3",
    "Methylene chloride": "ch2cl2",
    "Methyl chloride": "ch3cl",
    "Nitrogen trifluoride": "nf3",
    PFPMIE: "pfpmie",
    "Trifluoromethyl sulphur pentafluoride": "sf5cf3",
    Perfluorocyclopropane: "c-c3f6",
    "PFC-9-1-18": "c10f18",
  };

  it.each([
    ["2022", "AR4", { differing: [], blends: 150, gases: 94 }],
    // Ours is 1,374.495.
    ["2023", "AR5", { differing: ["R414A Emissions including only non-Kyoto products 1375"], blends: 150, gases: 116 }],
  ] as const)(
    "of %s are ours under %s: blends by Kyoto and other gases, and each gas with a GWP of ours",
    (year, set, expected) => {
      const differing: string[] = [];
      let blends = 0;
      let gases = 0;
      for (const [, , heading, , label = "", , column = "", , , value = ""] of linesOf(`defra_flat_${year}.csv`)) {
        if (heading !== "Refrigerant & other" || value === "" || !/^-?[\d.]+$/.test(value)) continue;
        if (isBlend(label)) {
          blends += 1;
          const all = gasesOfBlend(label, ONE);
          const part = column.includes("only Kyoto")
            ? all.filter(kyoto)
            : column.includes("only non")
              ? all.filter(notKyoto)
              : all;
          const slack = column.startsWith("Total") ? ONE : undefined;
          if (!isRoundingOf(value, toCo2e(part, set), slack)) differing.push(`${label} ${column} ${value}`);
          continue;
        }
        const folded = label.toLowerCase().split("/")[0]?.split(" ")[0] ?? "";
        const gas = gasIds[label] ?? (folded.includes("-") ? folded : "");
        const ours = GWP100[gas]?.[set];
        if (ours === undefined) continue;
        gases += 1;
        if (!isRoundingOf(value, parseDecimal(ours))) differing.push(`${label} ${value} ${ours}`);
      }
      expect({ differing, blends, gases }).toEqual(expected);
    },
  );
});
