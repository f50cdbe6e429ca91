import { readFile } from "node:fs/promises";
import { parseRateSet, type RateSet } from "@tallystick/contracts";
import { type FactorSetWithRows, parseStarterSet } from "./starter-set.ts";

const folder = new URL("../../data/starter/", import.meta.url);
const SETS = ["activity", "spend"] as const;

/** The factor and rate sets that the project ships: small, each figure with its source. */
export interface Starter {
  readonly factorSets: readonly FactorSetWithRows[];
  readonly rates: RateSet;
}

export async function loadStarter(): Promise<Starter> {
  const read = (file: string): Promise<string> => readFile(new URL(file, folder), "utf8");
  const factorSets = await Promise.all(
    SETS.map(async (name) =>
      parseStarterSet(`${name}.csv`, JSON.parse(await read(`${name}.json`)), await read(`${name}.csv`)),
    ),
  );
  return { factorSets, rates: parseRateSet(JSON.parse(await read("rates.json"))) };
}
