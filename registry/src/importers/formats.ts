import { EMBER } from "./ember.ts";
import { EPA_HUB } from "./epa-hub.ts";
import { EPA_SUPPLY_CHAIN } from "./epa-supply-chain.ts";
import { IFI_GRID } from "./ifi-grid.ts";
import type { FactorFormat } from "./import-file.ts";
import { IPCC_GWPS } from "./ipcc-gwp.ts";
import { UK_FLAT_FILE } from "./uk-flat-file.ts";
import { UK_WORKBOOK } from "./uk-workbook.ts";

/** Every official format that factor sets can be imported from. */
export const FACTOR_FORMATS: readonly FactorFormat[] = [
  EPA_SUPPLY_CHAIN,
  EPA_HUB,
  UK_FLAT_FILE,
  UK_WORKBOOK,
  ...IPCC_GWPS,
  EMBER,
  IFI_GRID,
];

/** The formats that a file may be of, by its name and its first bytes. A file that holds several sets is of several. */
export function formatsOf(name: string, firstBytes: Uint8Array): readonly FactorFormat[] {
  return FACTOR_FORMATS.filter((format) => format.detect(name, firstBytes));
}

/** The format of a file; undefined where it is of none, or of more than one. */
export function detectFormat(name: string, firstBytes: Uint8Array): FactorFormat | undefined {
  const [format, another] = formatsOf(name, firstBytes);
  return another === undefined ? format : undefined;
}
