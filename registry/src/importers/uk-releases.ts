import { compare, GWP_SETS, type GwpSet, gwpOf, parseDecimal } from "@tallystick/contracts";
import { confirmedRenames } from "../factors/confirmed-renames.ts";
import { applyRenames, firstNames } from "../factors/rename-map.ts";
import type { ImportOptions } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import type { RowReport, SetDescription } from "./row-report.ts";
import { invalidCell } from "./table-file.ts";
import type { UkRows } from "./uk-rows.ts";

/** Id of the set that all years' factors are versions of. */
export const UK_SET_ID = "uk-ghg-conversion-factors";

interface UkRelease {
  readonly publisher: string;
  readonly publishedOn: string;
  /** Of the publisher's file. */
  readonly sha256: string;
}

const BEIS = "UK Department for Business, Energy and Industrial Strategy, and Defra";
const DESNZ = "UK Department for Energy Security and Net Zero, and Defra";

/** By version: the year and the publisher's own version. Flat files do not say the latter; 0 stands for the file of the first day. */
const RELEASES: Readonly<Record<string, UkRelease>> = {
  "2021.1.0": {
    publisher: BEIS,
    publishedOn: "2021-06-02",
    sha256: "95ca3436c7646a26c95dd55fd2e8b524262b958ed7e3c8f2fab0b2020bafd687",
  },
  "2022.1.0": {
    publisher: BEIS,
    publishedOn: "2022-06-22",
    sha256: "8856bb1630a030814cad10358660c4590fb3f5b52ab7e2410525d7e38d01946c",
  },
  "2023.1.0": {
    publisher: DESNZ,
    publishedOn: "2023-06-28",
    sha256: "7525d5bfa4eeebb5046b13df6848048d25308e485745e2a064eee3dda0654b95",
  },
  "2024.1.1": {
    publisher: DESNZ,
    publishedOn: "2024-10-30",
    sha256: "558116ed06b5d84c41f5eff9b24714e4eb5ce41eb8ac0619ffe946e8d87da859",
  },
};

/** What a year's file is known by. */
export interface UkEdition {
  readonly file: string;
  readonly sha256: string;
  /** "2024.1.1". */
  readonly version: string;
}

/**
 * The set of all rows, under the keys that its factors were first published with.
 * @throws FACTOR_FILE_INVALID, FACTOR_SET_INVALID
 */
export async function finishUkSet(
  report: RowReport,
  rows: UkRows,
  { file, sha256, version }: UkEdition,
  options: ImportOptions,
): Promise<ImportReport> {
  checkEdition(report, { file, sha256, version });
  const gwpSet = ukGwpSetOf(file, rows);
  rows.finish(gwpSet);
  const { imported, notices } = report.finish(describeUkSet(file, sha256, version, gwpSet, options));
  const maps = options.renames ?? (await confirmedRenames(UK_SET_ID));
  const names = firstNames(imported.set, maps);
  return {
    imported: applyRenames(imported, maps),
    notices: notices.map((notice) => {
      const name = names.get(notice.key ?? "");
      return name === undefined ? notice : { ...notice, key: name.key };
    }),
  };
}

/**
 * A flat file says its year in its name alone. One that is another year's is refused; one that is none of the publisher's files may have
 * been revised, or cut off.
 * @throws FACTOR_FILE_INVALID
 */
function checkEdition(report: RowReport, { file, sha256, version }: UkEdition): void {
  const known = Object.entries(RELEASES).find(([, release]) => release.sha256 === sha256)?.[0];
  if (known !== undefined && known !== version) {
    throw invalidCell(file, 0, "", `the publisher's file of ${known}, under a name that says ${version}`);
  }
  if (known !== undefined) return;
  const done = "read as it is: compare it with the publisher's, it may be revised or cut off";
  report.notice({ file, row: 0, column: "" }, { trap: "other-edition", found: `sha256 ${sha256}`, done });
}

/** What is said of a year's set. @throws FACTOR_FILE_INVALID for a version that is not known here */
function describeUkSet(
  file: string,
  sha256: string,
  version: string,
  gwpSet: GwpSet,
  { supersedes }: ImportOptions,
): SetDescription {
  const release = Object.hasOwn(RELEASES, version) ? RELEASES[version] : undefined;
  if (release === undefined) throw invalidCell(file, 0, "", `version ${version} is not known here`);
  const year = version.slice(0, 4);
  return {
    id: UK_SET_ID,
    version,
    title: `UK Government GHG Conversion Factors for Company Reporting, ${year}`,
    publisher: release.publisher,
    source: `https://www.gov.uk/government/publications/greenhouse-gas-reporting-conversion-factors-${year}`,
    sha256,
    licence: "Open Government Licence v3.0",
    redistribution: true,
    attribution: "Contains public sector information licensed under the Open Government Licence v3.0.",
    gwpSet,
    publishedOn: release.publishedOn,
    validFrom: `${year}-01-01`,
    validTo: `${year}-12-31`,
    ...(supersedes === undefined ? {} : { supersedes }),
  };
}

/** The gases of the publisher's refrigerant table that tell the assessment reports apart. */
const TELLING: readonly (readonly [label: RegExp, gas: string])[] = [
  [/, Methane\b/, "ch4"],
  [/, Nitrous oxide\b/, "n2o"],
  [/, HFC-134a\b/, "hfc-134a"],
];

/** The GWP set that the factors were made with, as the publisher's own factors per kilogram of gas show. @throws FACTOR_FILE_INVALID */
function ukGwpSetOf(file: string, rows: UkRows): GwpSet {
  const figures = new Map<string, string>();
  for (const { path, value } of rows.totals()) {
    if (!path.key.startsWith("refrigerant-other/")) continue;
    const gas = TELLING.find(([label]) => label.test(path.label))?.[1];
    // Several rows of one gas (with and without what is not in the Kyoto basket) have the same figure.
    if (gas !== undefined) figures.set(gas, value);
  }
  const matching = GWP_SETS.filter((set) =>
    TELLING.every(([, gas]) => {
      const value = figures.get(gas);
      return value !== undefined && compare(parseDecimal(value), gwpOf(gas, set)) === 0;
    }),
  );
  const [gwpSet] = matching;
  if (gwpSet === undefined || matching.length > 1) {
    throw invalidCell(file, 0, "", "methane, nitrous oxide and HFC-134a per kilogram are of no one assessment report");
  }
  return gwpSet;
}
