import type { FactorSetFile } from "@tallystick/contracts";
import type { DcatRecord } from "./dcat-record.ts";
import { readDcatRecord } from "./dcat-record.ts";
import { type EpaQualityScores, QUALITY_HEADER, readEpaQualityScores, sectorsOf } from "./epa-quality-scores.ts";
import { COLUMNS, readSupplyChainFile, SUPPLY_CHAIN_HEADERS, type SupplyChainFile } from "./epa-supply-chain-file.ts";
import { releaseOf } from "./epa-supply-chain-releases.ts";
import { type Commodity, commodityRows, isUnnamedMass, joinCommodities } from "./epa-supply-chain-rows.ts";
import { type FactorFormat, firstLine, type ImportFile, type ImportOptions, readHead } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import { RowReport } from "./row-report.ts";
import { invalidCell } from "./table-file.ts";

/** What one release can come as: at least one of the first two. */
interface Publication {
  co2e?: SupplyChainFile;
  byGas?: SupplyChainFile;
  scores?: EpaQualityScores & { readonly name: string };
  provenance?: DcatRecord & { readonly name: string };
}

/**
 * Imports a release: the CO2e file (value rows), the by-GHG file (by-gas rows) or both (value rows with their gases,
 * which must come to the published CO2e under the release's GWP set within the figures' roundings). Each NAICS code
 * gives two rows: with margins under its code, and without margins under `<code>/without-margins`.
 *
 * Optional beside them: EPA's data-quality scores, attached through each row's USEEIO sectors, and the catalogue
 * record, whose DOI must be the release's.
 *
 * @throws FACTOR_FILE_INVALID
 */
export async function importEpaSupplyChain(
  files: readonly ImportFile[],
  options: ImportOptions = {},
): Promise<ImportReport> {
  const publication: Publication = {};
  for (const file of files) await readInto(publication, file);
  const { co2e, byGas, scores, provenance } = publication;
  const main = co2e ?? byGas;
  if (main === undefined) throw invalidCell(files[0]?.name ?? "", 0, "", "neither the CO2e file nor the by-GHG file");
  const release = releaseOf(main);
  if (byGas !== undefined && byGas.priceYear !== main.priceYear) {
    throw invalidCell(byGas.name, 2, COLUMNS.unit, `price year ${byGas.priceYear} beside ${main.priceYear}`);
  }
  if (provenance?.doi !== undefined && provenance.doi !== release.doi) {
    throw invalidCell(
      provenance.name,
      0,
      "identifier",
      `${provenance.doi} is not ${release.doi}, which the factors are`,
    );
  }
  const report = new RowReport(main.name);
  const commodities = joinCommodities(co2e, byGas);
  noticeGaps(report, commodities, byGas);
  noticeUnnamedGases(report, byGas);
  for (const commodity of commodities) {
    const place = { file: main.name, row: commodity.row, column: COLUMNS.code };
    for (const row of commodityRows(commodity, release, scores)) report.add(place, row);
  }
  if (scores !== undefined) noticeUnscored(report, commodities, scores);
  const read = [co2e, byGas, scores, provenance].flatMap((one): FactorSetFile[] =>
    one === undefined ? [] : [{ name: one.name, sha256: one.sha256 }],
  );
  return report.finish({
    id: co2e === undefined ? "epa-supply-chain-by-gas" : "epa-supply-chain",
    version: release.version,
    title: `Supply Chain GHG Emission Factors by NAICS-6, ${co2e === undefined ? "by gas" : "CO2e"}`,
    publisher: provenance?.publisher ?? "US Environmental Protection Agency",
    source: `doi:${release.doi}`,
    sha256: main.sha256,
    ...(read.length > 1 ? { files: read } : {}),
    licence: provenance?.licence ?? "US government work",
    redistribution: true,
    gwpSet: release.gwpSet,
    priceBasis: { currency: "USD", year: Number(main.priceYear), price: "purchaser" },
    publishedOn: release.publishedOn,
    validFrom: `${main.priceYear}-01-01`,
    ...(options.supersedes === undefined ? {} : { supersedes: options.supersedes }),
  });
}

async function readInto(publication: Publication, file: ImportFile): Promise<void> {
  const { name } = file;
  if (isRecord(name)) {
    if (publication.provenance !== undefined) throw invalidCell(name, 0, "", "a second catalogue record");
    publication.provenance = { name, ...(await readDcatRecord(name, file.open())) };
    return;
  }
  if (firstLine(await readHead(file)) === QUALITY_HEADER) {
    if (publication.scores !== undefined) throw invalidCell(name, 0, "", "a second file of data-quality scores");
    publication.scores = { name, ...(await readEpaQualityScores(name, file.open())) };
    return;
  }
  const read = await readSupplyChainFile(name, file.open());
  const part = read.kind === "co2e" ? "co2e" : "byGas";
  if (publication[part] !== undefined) throw invalidCell(name, 0, "", `a second ${read.kind} file`);
  publication[part] = read;
}

const isRecord = (name: string): boolean => name.toLowerCase().endsWith(".json");

/** One notice for each CO2e figure that is not the sum of its parts; one for all those by gas, which have three digits only. */
function noticeGaps(report: RowReport, commodities: readonly Commodity[], byGas: SupplyChainFile | undefined): void {
  for (const { code, co2e } of commodities) {
    if (co2e === undefined || co2e.line.gap.n === 0n) continue;
    const { line, file } = co2e;
    report.notice(
      { file, row: line.row, column: COLUMNS.withMargins },
      {
        trap: "rounding-gap",
        found: line.withMargins.text,
        done: "kept as published, off the sum of its parts by 0.001",
        key: code,
      },
    );
  }
  const gaps = byGas?.lines.filter(({ gap }) => gap.n !== 0n) ?? [];
  const [first] = gaps;
  if (byGas === undefined || first === undefined) return;
  report.notice(
    { file: byGas.name, row: first.row, column: COLUMNS.withMargins },
    {
      trap: "rounding-gap",
      found: first.withMargins.text,
      done: `kept as published; so in ${gaps.length} of ${byGas.lines.length} rows, each within the roundings of its parts`,
    },
  );
}

function noticeUnnamedGases(report: RowReport, byGas: SupplyChainFile | undefined): void {
  const unnamed = byGas?.lines.filter(isUnnamedMass) ?? [];
  const [first] = unnamed;
  if (byGas === undefined || first === undefined) return;
  report.notice(
    { file: byGas.name, row: first.row, column: COLUMNS.gas },
    {
      trap: "unnamed-gas",
      found: `${first.gas}, ${first.unit}`,
      done: `left out, as of the published CO2e: ${unnamed.length} masses of gases that no GWP is for`,
    },
  );
}

function noticeUnscored(report: RowReport, commodities: readonly Commodity[], scores: EpaQualityScores): void {
  const noticed = new Set<string>();
  for (const { code, row, file, reference } of commodities) {
    for (const sector of sectorsOf(reference)) {
      if (scores.sectors.has(sector) || noticed.has(sector)) continue;
      noticed.add(sector);
      report.notice(
        { file, row, column: COLUMNS.reference },
        { trap: "unscored", found: sector, done: "the quality of its rows is not available", key: code },
      );
    }
  }
}

/** The official format, for the table of formats. */
export const EPA_SUPPLY_CHAIN: FactorFormat = {
  id: "epa-supply-chain",
  title: "US EPA Supply Chain GHG Emission Factors by NAICS, v1.2 and v1.3 (CSV: CO2e, by GHG, or both)",
  detect: (name, firstBytes) => {
    const line = firstLine(firstBytes);
    const isPart = SUPPLY_CHAIN_HEADERS.includes(line) || line === QUALITY_HEADER;
    return isPart || (isRecord(name) && new TextDecoder().decode(firstBytes).includes("USEPA/supply-chain-factors"));
  },
  import: importEpaSupplyChain,
};
