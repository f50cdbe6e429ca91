import { parse } from "csv-parse/sync";
import type { PublicationInput, RawItem } from "./parse-publication.ts";

// A spreadsheet of footprints, saved as CSV: one row a footprint, one column a PACT property. Empty cells are absent properties.

const NAME_SUPPLIERS = "nameSuppliers";

const LISTS: ReadonlySet<string> = new Set([
  "companyIds",
  "productIds",
  "productClassifications",
  "precedingPfIds",
  "pcf.ipccCharacterizationFactors",
  "pcf.crossSectoralStandards",
]);
const BOOLEANS: ReadonlySet<string> = new Set([
  "pcf.packagingEmissionsIncluded",
  "pcf.ccsTechnologicalCO2CaptureIncluded",
  NAME_SUPPLIERS,
]);
const SOURCES = "pcf.secondaryEmissionFactorSources";
const INPUTS = "inputs";

const TEXTS: ReadonlySet<string> = new Set([
  ..."id specVersion created status validityPeriodStart validityPeriodEnd companyName productDescription productNameCompany comment".split(
    " ",
  ),
  ...[
    "declaredUnitOfMeasurement declaredUnitAmount productMassPerDeclaredUnit referencePeriodStart referencePeriodEnd",
    "geographyRegionOrSubregion geographyCountry geographyCountrySubdivision boundaryProcessesDescription",
    "pcfExcludingBiogenicUptake pcfIncludingBiogenicUptake fossilCarbonContent biogenicCarbonContent recycledCarbonContent",
    "fossilGhgEmissions landUseChangeGhgEmissions landCarbonLeakage landManagementFossilGhgEmissions",
    "landManagementBiogenicCO2Emissions landManagementBiogenicCO2Removals biogenicCO2Uptake biogenicNonCO2Emissions",
    "landAreaOccupation aircraftGhgEmissions packagingGhgEmissions packagingBiogenicCarbonContent",
    "outboundLogisticsGhgEmissions ccsTechnologicalCO2Capture technologicalCO2CaptureOrigin technologicalCO2Removals",
    "ccuCarbonContent ccuCalculationApproach ccuCreditCertification exemptedEmissionsPercent exemptedEmissionsDescription",
    "allocationRulesDescription primaryDataShare dqi.technologicalDQR dqi.geographicalDQR dqi.temporalDQR",
    "verification.coverage verification.providerName verification.completedAt verification.standardName verification.comments",
  ]
    .join(" ")
    .split(" ")
    .map((name) => `pcf.${name}`),
]);

/** The rows as documents. `refuse` makes the error of a file that is not such a table. */
export function footprintsOfCsv(text: string, refuse: (message: string) => Error): readonly RawItem[] {
  let table: string[][];
  try {
    table = parse(text, { skip_empty_lines: true, trim: true, max_record_size: 262_144 }) as string[][];
  } catch (error) {
    throw refuse(`not CSV: ${error instanceof Error ? error.message : "unreadable"}`);
  }
  const [header = [], ...rows] = table;
  const unknown = header.filter(
    (name) => ![TEXTS, LISTS, BOOLEANS].some((set) => set.has(name)) && name !== SOURCES && name !== INPUTS,
  );
  if (unknown.length > 0) throw refuse(`unknown column ${unknown.map((name) => `"${name}"`).join(", ")}`);
  if (new Set(header).size !== header.length) throw refuse("a column stands twice");
  return rows.map((cells, at): RawItem => {
    const footprint: Record<string, unknown> = {};
    const inputs: PublicationInput[] = [];
    const faults: { path: string; message: string }[] = [];
    for (const [column, name] of header.entries()) {
      const cell = cells[column] ?? "";
      if (cell === "") continue;
      if (name !== INPUTS) {
        place(footprint, name.split("."), readCell(name, cell));
        continue;
      }
      for (const part of splitList(cell)) {
        const input = readInput(part);
        if (input !== undefined) inputs.push(input);
        else faults.push({ path: INPUTS, message: `"${part.slice(0, 80)}" is not <product>=<quantity> <unit>` });
      }
    }
    const { [NAME_SUPPLIERS]: nameSuppliers, ...stated } = footprint;
    return { item: `row ${at + 2}`, footprint: stated, inputs, lines: [], nameSuppliers, faults };
  });
}

function readCell(name: string, cell: string): unknown {
  if (LISTS.has(name)) return splitList(cell);
  if (BOOLEANS.has(name) && /^(true|false)$/i.test(cell)) return cell.toLowerCase() === "true";
  if (name === SOURCES) {
    return splitList(cell).map((part) => {
      const at = part.lastIndexOf("@");
      return at < 0 ? { name: part } : { name: part.slice(0, at), version: part.slice(at + 1) };
    });
  }
  return cell;
}

const splitList = (cell: string): string[] =>
  cell
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** `<product>=<quantity> <unit>`; a product's URN may hold "=", a unit spaces. */
function readInput(text: string): PublicationInput | undefined {
  const space = text.indexOf(" ");
  const equals = text.lastIndexOf("=", space);
  if (space < 0 || equals < 1) return undefined;
  return { productId: text.slice(0, equals), qty: text.slice(equals + 1, space), unit: text.slice(space + 1).trim() };
}

function place(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  target[name] ??= {};
  place(target[name] as Record<string, unknown>, rest, value);
}
