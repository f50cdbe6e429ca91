import {
  abs,
  add,
  compare,
  type FactorGas,
  type FactorRow,
  gwpOf,
  mul,
  ONE,
  type Rational,
  sub,
  ZERO,
} from "@tallystick/contracts";
import { type EpaQualityScores, epaQuality, type ScoredFlow, scoredFlowOf, sectorsOf } from "./epa-quality-scores.ts";
import { COLUMNS, type Figure, type SupplyChainFile, type SupplyChainLine } from "./epa-supply-chain-file.ts";
import type { SupplyChainRelease } from "./epa-supply-chain-releases.ts";
import { gasIdOf } from "./gas-names.ts";
import { invalidCell } from "./table-file.ts";

/**
 * EPA's bucket of the fluorinated gases that its inventory does not tell apart. v1.3 gives it in kg CO2e. v1.2 gives
 * kilograms, for which there is no GWP, and does not count them in its CO2e: they are left out of the gases, too.
 */
const UNNAMED_GASES = "HFCs and PFCs, unspecified";
const UNNAMED_GAS_ID = "hfc-pfc-unspecified";

/** One NAICS code, from one file or both. */
export interface Commodity {
  readonly code: string;
  readonly title: string;
  readonly reference: string;
  /** Where it begins: in the CO2e file where that is there. */
  readonly file: string;
  readonly row: number;
  readonly co2e?: { readonly file: string; readonly line: SupplyChainLine };
  readonly gases?: { readonly file: string; readonly lines: readonly SupplyChainLine[] };
}

/**
 * The codes of one file, or of both, which must then have the same codes with the same titles and sectors.
 * @throws FACTOR_FILE_INVALID, also where a code has not the gases that the others have
 */
export function joinCommodities(co2e?: SupplyChainFile, byGas?: SupplyChainFile): Commodity[] {
  const gases = byGas === undefined ? undefined : groupByCode(byGas);
  if (co2e === undefined) {
    return [...(gases ?? [])].map(([code, lines]) => commodityOf(code, undefined, { file: byGas?.name ?? "", lines }));
  }
  const commodities = co2e.lines.map((line) => {
    const lines = gases?.get(line.code);
    if (gases !== undefined && lines === undefined) {
      throw invalidCell(co2e.name, line.row, COLUMNS.code, `${line.code} is not in ${byGas?.name}`);
    }
    return commodityOf(line.code, { file: co2e.name, line }, lines && { file: byGas?.name ?? "", lines });
  });
  if (gases !== undefined && gases.size !== commodities.length) {
    throw invalidCell(byGas?.name ?? "", 0, COLUMNS.code, `${gases.size} codes, ${commodities.length} in ${co2e.name}`);
  }
  return commodities;
}

function groupByCode(file: SupplyChainFile): Map<string, SupplyChainLine[]> {
  const groups = new Map<string, SupplyChainLine[]>();
  for (const line of file.lines) {
    const group = groups.get(line.code);
    if (group === undefined) groups.set(line.code, [line]);
    else group.push(line);
  }
  const [first = []] = groups.values();
  for (const [code, lines] of groups) {
    // No gas occurs twice in a code, so equal counts of known gases are equal sets unless a name differs.
    const isWhole = lines.length === first.length && lines.every((line) => first.some(({ gas }) => gas === line.gas));
    if (!isWhole)
      throw invalidCell(file.name, lines[0]?.row ?? 0, COLUMNS.gas, `${code} has not the gases of the others`);
  }
  return groups;
}

function commodityOf(code: string, co2e: Commodity["co2e"], gases: Commodity["gases"]): Commodity {
  const lines = [...(co2e === undefined ? [] : [co2e.line]), ...(gases?.lines ?? [])];
  const [first] = lines as [SupplyChainLine];
  for (const line of lines) {
    if (line.title === first.title && sameSectors(line.reference, first.reference)) continue;
    throw invalidCell(
      gases?.file ?? "",
      line.row,
      COLUMNS.title,
      `${code} is "${first.title}" elsewhere, or of another sector`,
    );
  }
  return {
    code,
    title: first.title,
    reference: first.reference,
    file: co2e?.file ?? gases?.file ?? "",
    row: first.row,
    ...(co2e === undefined ? {} : { co2e }),
    ...(gases === undefined ? {} : { gases }),
  };
}

/** v1.2's two files list the same sectors in different orders. */
function sameSectors(a: string, b: string): boolean {
  return a === b || sectorsOf(a).sort().join() === sectorsOf(b).sort().join();
}

const BOUNDARIES = [
  { column: "withMargins", suffix: "", boundary: "cradle-to-gate, purchaser price, with margins" },
  { column: "without", suffix: "/without-margins", boundary: "cradle-to-gate, purchaser price, without margins" },
] as const;

/**
 * The rows of a code: with margins and without.
 * @throws FACTOR_FILE_INVALID where the gases do not come to the CO2e figure within the roundings of both
 */
export function commodityRows(
  commodity: Commodity,
  release: SupplyChainRelease,
  scores: EpaQualityScores | undefined,
): FactorRow[] {
  const { code, title, reference, co2e, gases } = commodity;
  return BOUNDARIES.map(({ column, suffix, boundary }): FactorRow => {
    const named = gases?.lines.filter((line) => !isUnnamedMass(line));
    const parts = named?.map((line) => readGas(gases?.file ?? "", line, line[column], release));
    if (co2e !== undefined && parts !== undefined) checkSum(co2e, column, parts, release);
    const base = {
      key: `${code}${suffix}`,
      label: title,
      ...(suffix === "" ? {} : { activity: code }),
      denominator: "USD",
      boundary,
      geography: { scheme: "iso-3166-1", code: "US" },
      dataPeriod: { start: `${release.dataYear}-01-01`, end: `${release.dataYear}-12-31` },
      source: sourceOf(commodity, release),
      category: 1,
      ...(scores === undefined ? {} : { quality: epaQuality(scores, sectorsOf(reference), parts && byFlow(parts)) }),
    };
    const published = parts?.map(({ published }) => published);
    if (co2e === undefined) return { ...base, kind: "by-gas", gases: published ?? [] };
    return {
      ...base,
      kind: "value",
      value: co2e.line[column].value,
      ...(published === undefined ? {} : { gases: published }),
    };
  });
}

function sourceOf({ reference, co2e, gases }: Commodity, release: SupplyChainRelease): string {
  const rows = gases?.lines.map(({ row }) => row) ?? [];
  const places = [
    ...(co2e === undefined ? [] : [`row ${co2e.line.row} of ${release.fileName("CO2e")}`]),
    ...(gases === undefined
      ? []
      : [`rows ${Math.min(...rows)} to ${Math.max(...rows)} of ${release.fileName("byGHG")}`]),
  ];
  return `USEEIO ${reference}, ${places.join(", ")}`;
}

/** A gas as published, with its CO2e and how far its rounding may have moved that. */
interface GasPart {
  readonly published: FactorGas;
  readonly co2e: Rational;
  readonly halfDigit: Rational;
}

/** Whether a line is kilograms of gases that are not named. */
export function isUnnamedMass({ gas, isCo2e }: SupplyChainLine): boolean {
  return gas === UNNAMED_GASES && !isCo2e;
}

function readGas(file: string, line: SupplyChainLine, figure: Figure, release: SupplyChainRelease): GasPart {
  const gas = line.gas === UNNAMED_GASES ? UNNAMED_GAS_ID : gasIdOf(line.gas);
  if (gas === undefined)
    throw invalidCell(file, line.row, COLUMNS.gas, `"${line.gas}" is not a gas that is known here`);
  const basis = line.isCo2e ? "co2e" : "gas";
  const gwp = basis === "co2e" ? ONE : gwpOf(gas, release.gwpSet);
  return {
    published: {
      gas,
      basis,
      value: figure.value,
      ...(figure.value === figure.text ? {} : { sourceText: figure.text }),
    },
    co2e: mul(figure.exact, gwp),
    halfDigit: mul(figure.halfDigit, gwp),
  };
}

/** Two files of one release must say the same, up to half a unit of the last digit of each figure. */
function checkSum(
  { file, line }: NonNullable<Commodity["co2e"]>,
  column: "withMargins" | "without",
  parts: readonly GasPart[],
  release: SupplyChainRelease,
): void {
  const figure = line[column];
  const total = parts.map(({ co2e }) => co2e).reduce(add, ZERO);
  const allowed = parts.map(({ halfDigit }) => halfDigit).reduce(add, figure.halfDigit);
  if (compare(abs(sub(total, figure.exact)), allowed) <= 0) return;
  throw invalidCell(
    file,
    line.row,
    COLUMNS[column],
    `${figure.text} is not what the gases come to under ${release.gwpSet}`,
  );
}

function byFlow(parts: readonly GasPart[]): Map<ScoredFlow, Rational> {
  const flows = new Map<ScoredFlow, Rational>();
  for (const { published, co2e } of parts) {
    const flow = scoredFlowOf(published.gas);
    flows.set(flow, add(flows.get(flow) ?? ZERO, co2e));
  }
  return flows;
}
