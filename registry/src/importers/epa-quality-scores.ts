import type { Readable } from "node:stream";
import {
  div,
  type FactorQuality,
  isZero,
  mul,
  type Rational,
  rational,
  roundHalfEven,
  sum,
  ZERO,
} from "@tallystick/contracts";
import { invalidCell, readCsvRecords } from "./table-file.ts";

// EPA's data-quality scores of Supply Chain GHG Factors (v1.1.1: data of 2016): each flow of each USEEIO sector, 1 (best) to 5.

/** Header of the file, as published. */
export const QUALITY_HEADER =
  "SectorCode,Flowable,ReliabilityScore,TemporalCorrelation,GeographicalCorrelation,TechnologicalCorrelation,DataCollection";

/** The indicators of EPA's guidance on data quality assessment (EPA/600/R-16/096), in the order of the file's columns. */
export const EPA_INDICATORS = ["reliability", "temporal", "geographical", "technological", "dataCollection"] as const;

/** The flows that are scored. Every gas but the three is "Other Greenhouse Gases". */
const FLOWS = ["Carbon dioxide", "Methane", "Nitrous oxide", "Other Greenhouse Gases"] as const;
export type ScoredFlow = (typeof FLOWS)[number];
type Scores = readonly number[];

export interface EpaQualityScores {
  readonly sha256: string;
  /** By USEEIO sector, then flow: the scores in the order of `EPA_INDICATORS`. */
  readonly sectors: ReadonlyMap<string, ReadonlyMap<ScoredFlow, Scores>>;
}

const LIMITS = { maxBytes: 4 * 1024 * 1024, maxRows: 20_000, maxRecordLength: 500 };

/** Reads the file; every sector must have every flow once. @throws FACTOR_FILE_INVALID */
export async function readEpaQualityScores(name: string, file: Readable): Promise<EpaQualityScores> {
  const columns = QUALITY_HEADER.split(",");
  const table = readCsvRecords(name, file, LIMITS);
  const sectors = new Map<string, Map<ScoredFlow, Scores>>();
  for await (const { row, cells } of table.rows) {
    if (row === 1) {
      if (cells.join() !== QUALITY_HEADER) throw invalidCell(name, 1, "", `the header is not ${QUALITY_HEADER}`);
      continue;
    }
    const [sector = "", flowName = "", ...texts] = cells;
    if (!/^[0-9A-Z]{6}$/.test(sector)) throw invalidCell(name, row, "SectorCode", `"${sector}" is not a sector's code`);
    const flow = FLOWS.find((one) => one === flowName);
    if (flow === undefined) throw invalidCell(name, row, "Flowable", `"${flowName}" is not a flow that is scored`);
    const flows = sectors.get(sector) ?? new Map<ScoredFlow, Scores>();
    if (flows.has(flow)) throw invalidCell(name, row, "Flowable", `${sector}, ${flow} occurs twice`);
    const scores = texts.map((text, at) => {
      if (!/^[1-5]$/.test(text))
        throw invalidCell(name, row, columns[at + 2] ?? "", `"${text}" is not a score of 1 to 5`);
      return Number(text);
    });
    sectors.set(sector, flows.set(flow, scores));
  }
  for (const [sector, flows] of sectors) {
    if (flows.size < FLOWS.length) throw invalidCell(name, 0, "Flowable", `${sector} has ${flows.size} of 4 flows`);
  }
  if (sectors.size === 0) throw invalidCell(name, 1, "", "no rows");
  return { sha256: table.sha256(), sectors };
}

/** The flow that a gas's score is found under. */
export function scoredFlowOf(gas: string): ScoredFlow {
  if (gas === "co2") return "Carbon dioxide";
  if (gas === "ch4") return "Methane";
  return gas === "n2o" ? "Nitrous oxide" : "Other Greenhouse Gases";
}

/** The sectors of a "Reference USEEIO Code" cell: one, or several between commas. */
export function sectorsOf(reference: string): string[] {
  return reference.split(",").map((sector) => sector.trim());
}

/**
 * The quality of a factor that rests on these sectors.
 *
 * Of several sectors the worst score of each flow counts, as their shares are not published. Over flows: the mean by
 * contribution, rounded half-even to two decimals, where the flows' CO2e is known; else the worst. Null, which is
 * never read as good, where any of the sectors has no scores.
 *
 * @param contributions CO2e of each flow, in any unit
 */
export function epaQuality(
  scores: EpaQualityScores,
  sectors: readonly string[],
  contributions: ReadonlyMap<ScoredFlow, Rational> | undefined,
): FactorQuality {
  const scored = sectors.flatMap((sector) => scores.sectors.get(sector) ?? []);
  const scoreOf = (at: number): number | null => {
    if (scored.length < sectors.length) return null;
    const worst = FLOWS.map((flow) => ({
      flow,
      score: Math.max(...scored.map((flows) => flows.get(flow)?.[at] ?? 5)),
    }));
    return contributions === undefined ? Math.max(...worst.map(({ score }) => score)) : meanOf(worst, contributions);
  };
  return { scheme: "epa-useeio", scores: Object.fromEntries(EPA_INDICATORS.map((name, at) => [name, scoreOf(at)])) };
}

function meanOf(
  scores: readonly { readonly flow: ScoredFlow; readonly score: number }[],
  contributions: ReadonlyMap<ScoredFlow, Rational>,
): number {
  const weightOf = (flow: ScoredFlow): Rational => contributions.get(flow) ?? ZERO;
  const total = sum(scores.map(({ flow }) => weightOf(flow)));
  if (isZero(total)) return Math.max(...scores.map(({ score }) => score));
  const weighted = sum(scores.map(({ flow, score }) => mul(weightOf(flow), rational(BigInt(score)))));
  return Number(roundHalfEven(div(weighted, total), 2)) / 100;
}
