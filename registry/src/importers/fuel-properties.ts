import { registryError } from "../errors.ts";
import { EPA_HUB, importEpaHubFuelProperties } from "./epa-hub.ts";
import { type ImportFile, readHead } from "./import-file.ts";
import { readWholeFile } from "./table-file.ts";
import { type FuelPropertiesReport, importUkFuelProperties } from "./uk-fuel-properties.ts";
import { UK_WORKBOOK } from "./uk-workbook.ts";

const MAX_BYTES = 16 * 1_024 * 1_024;

/**
 * The calorific values and densities that an official workbook of factors states: the EPA's Emission Factors Hub, or the UK conversion
 * factors.
 * @throws FACTOR_FORMAT_UNKNOWN for a file that is neither, by its name and form; FACTOR_FILE_INVALID, FUEL_PROPERTIES_INVALID
 */
export async function importFuelProperties(file: ImportFile): Promise<FuelPropertiesReport> {
  const head = await readHead(file);
  if (EPA_HUB.detect(file.name, head)) return importEpaHubFuelProperties(file);
  if (!UK_WORKBOOK.detect(file.name, head)) {
    const reason = "no workbook of the EPA's hub or of the UK conversion factors";
    throw registryError("FACTOR_FORMAT_UNKNOWN", { file: file.name, reason });
  }
  return importUkFuelProperties(file.name, await readWholeFile(file.name, file.open(), MAX_BYTES));
}
