import { COLUMNS, type SupplyChainFile } from "./epa-supply-chain-file.ts";
import { invalidCell } from "./table-file.ts";

/** One published release of EPA's Supply Chain GHG Emission Factors by NAICS. */
export interface SupplyChainRelease {
  readonly version: string;
  readonly gwpSet: "AR4" | "AR5";
  readonly doi: string;
  readonly publishedOn: string;
  /** The year that the greenhouse gas data represent, which is not always that of the prices. */
  readonly dataYear: string;
  /** EPA's name of a file. */
  readonly fileName: (kind: "CO2e" | "byGHG") => string;
}

/** What the published releases are known to be, beyond what their files say, by price year. The GWP set is checked against the by-gas file. */
const RELEASES: { readonly [priceYear: string]: SupplyChainRelease } = {
  "2021": {
    version: "1.2.0",
    gwpSet: "AR4",
    doi: "10.23719/1528686",
    publishedOn: "2023-04-19",
    dataYear: "2019",
    fileName: (kind) => `SupplyChainGHGEmissionFactors_v1.2_NAICS_${kind}_USD2021.csv`,
  },
  "2022": {
    version: "1.3.0",
    gwpSet: "AR5",
    doi: "10.23719/1531143",
    publishedOn: "2024-07-03",
    dataYear: "2022",
    fileName: (kind) => `SupplyChainGHGEmissionFactors_v1.3.0_NAICS_${kind}_USD2022.csv`,
  },
};

/** The release that a file is of. @throws FACTOR_FILE_INVALID for a price year of none */
export function releaseOf(file: SupplyChainFile): SupplyChainRelease {
  const release = RELEASES[file.priceYear];
  if (release === undefined) {
    throw invalidCell(file.name, 1, COLUMNS.unit, "neither v1.2 (USD 2021) nor v1.3 (USD 2022)");
  }
  return release;
}
