import type { FactorGeography } from "@tallystick/contracts";
import { iso31661 } from "iso-3166";
import { z } from "zod";
import { registryError } from "../errors.ts";
import type { FactorFormat, ImportFile, ImportOptions } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import { type CellPlace, invalidAt, RowReport } from "./row-report.ts";
import { invalidCell, readWholeFile, sha256Hex } from "./table-file.ts";

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_ENTRIES = 1_000;
const INTENSITY = "emissions_intensity_gco2_per_kwh";
const ACTIVITY = "electricity/generation-mix";
/** Scheme of the regions that are Ember's own: no country is taken to lie in one. */
const OWN_SCHEME = "ember-region";

const entrySchema = z.strictObject({
  country_code: z.string().regex(/^([A-Z]{3})?$/),
  country_or_region: z.string().min(1).max(80),
  year: z.int().min(1990).max(2100),
  [INTENSITY]: z.number().min(0).nullable(),
});
type Entry = z.infer<typeof entrySchema>;

/** By the release of the project that passes the figures on: the file itself has neither version nor date. */
const RELEASES: Readonly<Record<string, { readonly publishedOn: string }>> = {
  // The figures were last changed on that day; later releases up to this one repeat them.
  "0.19.0": { publishedOn: "2025-08-03" },
};

/**
 * Ember's regions. Those under its own scheme are not M49's: it sets the Middle East apart from Asia, and counts Cyprus, as a member of
 * the EU, to Europe.
 */
const REGIONS: Readonly<Record<string, FactorGeography>> = {
  World: { scheme: "global", code: "GLO" },
  Africa: { scheme: "un-m49", code: "002" },
  "Latin America and Caribbean": { scheme: "un-m49", code: "419" },
  "North America": { scheme: "un-m49", code: "021" },
  Oceania: { scheme: "un-m49", code: "009" },
  Asia: { scheme: OWN_SCHEME, code: "asia" },
  Europe: { scheme: OWN_SCHEME, code: "europe" },
  "Middle East": { scheme: OWN_SCHEME, code: "middle-east" },
  ASEAN: { scheme: OWN_SCHEME, code: "asean" },
  EU: { scheme: OWN_SCHEME, code: "eu" },
  G20: { scheme: OWN_SCHEME, code: "g20" },
  G7: { scheme: OWN_SCHEME, code: "g7" },
  OECD: { scheme: OWN_SCHEME, code: "oecd" },
};

const countries = new Map(iso31661.map(({ alpha3, alpha2 }) => [alpha3, alpha2]));
/** Kosovo has no code in ISO 3166-1, and its user-assigned one would be taken for such. */
const OTHER_COUNTRIES: Readonly<Record<string, FactorGeography>> = { XKX: { scheme: OWN_SCHEME, code: "kosovo" } };

/**
 * Imports Ember's emissions intensity of electricity by country and region, as co2.js publishes it: one factor for each place, of the newest
 * year that Ember has for it, in g CO2e/kWh over the life cycle. The release is read from the file's name.
 *
 * @throws FACTOR_FILE_INVALID
 */
export async function importEmber(
  files: readonly ImportFile[],
  { supersedes }: ImportOptions = {},
): Promise<ImportReport> {
  const [file, ...others] = files;
  if (file === undefined || others.length > 0)
    throw invalidCell(files[0]?.name ?? "", 0, "", "not one file of Ember's");
  const { name } = file;
  const version = versionOf(name);
  const release = Object.hasOwn(RELEASES, version) ? RELEASES[version] : undefined;
  if (release === undefined) throw invalidCell(name, 0, "", `release ${version} is not known here`);
  const bytes = await readWholeFile(name, file.open(), MAX_BYTES);
  const report = new RowReport(name);
  const entries = readEntries(name, bytes);
  const placeOf = ({ line }: LocatedEntry): CellPlace => ({ file: name, row: line, column: INTENSITY });
  const [first] = entries as [LocatedEntry, ...LocatedEntry[]];
  report.notice(placeOf(first), {
    trap: "misleading-unit",
    found: INTENSITY,
    done: "read as g CO2e of all gases over the life cycle, as Ember's methodology says",
  });
  for (const entry of entries) addEntry(placeOf(entry), entry, report);
  const years = entries.map(({ entry }) => entry.year);
  return report.finish({
    id: "ember-electricity",
    version,
    title: "Ember, emissions intensity of electricity generation by country and region",
    publisher: "Ember",
    source: `https://ember-energy.org/data/yearly-electricity-data/, by CO2.js ${version} of the Green Web Foundation`,
    sha256: sha256Hex(bytes),
    licence: "CC BY 4.0",
    redistribution: true,
    attribution: "Ember, Yearly electricity data (CC BY 4.0), as published with CO2.js by the Green Web Foundation.",
    // Ember's factors by fuel are those of the IPCC's Fifth Assessment Report.
    gwpSet: "AR5",
    publishedOn: release.publishedOn,
    validFrom: `${Math.min(...years)}-01-01`,
    validTo: `${Math.max(...years)}-12-31`,
    ...(supersedes === undefined ? {} : { supersedes }),
  });
}

function versionOf(name: string): string {
  const [, release, patch = "0"] = /co2js[-_]v?(\d{1,3}\.\d{1,3})(?:\.(\d{1,3}))?(?!\d)/i.exec(name) ?? [];
  if (release === undefined) throw invalidCell(name, 0, "", "its name does not say the release of co2.js");
  return `${release}.${patch}`;
}

/** An entry, and the line that it begins on. */
interface LocatedEntry {
  readonly line: number;
  readonly entry: Entry;
}

function readEntries(name: string, bytes: Uint8Array): readonly LocatedEntry[] {
  const [text, json] = parseText(name, bytes);
  const lines = linesOf(name, text);
  const { data: places } = z.record(z.string().max(80), z.unknown()).safeParse(json);
  const ids = Object.entries(places ?? {});
  if (ids.length === 0 || ids.length > MAX_ENTRIES) {
    throw invalidCell(name, 0, "", `not an object of 1 to ${MAX_ENTRIES} places`);
  }
  return ids.map(([id, value]) => {
    const line = lines.get(id) ?? 0;
    const { data: entry, error } = entrySchema.safeParse(value);
    if (entry === undefined) {
      const [issue] = error.issues;
      throw invalidCell(name, line, String(issue?.path[0] ?? id), issue?.message ?? "not an entry");
    }
    if (id !== (entry.country_code || entry.country_or_region)) {
      throw invalidCell(name, line, "country_code", `another than "${id}"`);
    }
    return { line, entry };
  });
}

function parseText(name: string, bytes: Uint8Array): readonly [text: string, json: unknown] {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return [text, JSON.parse(text)];
  } catch (cause) {
    const details = { file: name, row: 0, column: "", reason: "not JSON in UTF-8" };
    throw registryError("FACTOR_FILE_INVALID", details, { cause });
  }
}

/** The line of each key whose value is an object. @throws FACTOR_FILE_INVALID at a key twice, of which JSON would keep the last */
function linesOf(name: string, text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let line = 1;
  let from = 0;
  for (const { index, 1: key } of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:\s*\{/g)) {
    line += text.slice(from, index).split("\n").length - 1;
    from = index;
    const id = String(JSON.parse(key ?? '""'));
    if (lines.has(id)) throw invalidCell(name, line, id, "occurs twice");
    lines.set(id, line);
  }
  return lines;
}

function addEntry(place: CellPlace, { entry }: LocatedEntry, report: RowReport): void {
  const { country_code: country, country_or_region: region, year, [INTENSITY]: intensity } = entry;
  const geography = geographyOf(place, entry);
  const code =
    geography.scheme === "iso-3166-1" || geography.scheme === "global" ? geography.code : placeSlug(geography);
  const key = `${ACTIVITY}/${code}`;
  const base = {
    key,
    label: `Electricity generation, ${region}`,
    activity: ACTIVITY,
    path: [region],
    denominator: "kWh",
    boundary: "generation, life cycle",
    geography,
    dataPeriod: { start: `${year}-01-01`, end: `${year}-12-31` },
    source: `entry "${country || region}"`,
  } as const;
  if (geography.scheme === OWN_SCHEME) {
    const done = "kept under a scheme of its own: no country is taken to lie in it";
    report.notice({ ...place, column: "country_or_region" }, { trap: "own-region", found: region, done, key });
  }
  if (intensity === null) {
    report.notice(place, { trap: "blank", found: "null", done: "not available", key });
    report.add(place, { ...base, kind: "not-available" });
    return;
  }
  const figure = report.decimal(place, String(intensity), key);
  if (intensity === 0) {
    const done = "kept as 0: over the life cycle no generation has none, so that rounding must have made it";
    report.notice(place, { trap: "rounded-to-zero", found: "0", done, key });
  }
  report.add(place, { ...base, kind: "value", ...figure, numerator: "g" });
}

const placeSlug = ({ scheme, code }: FactorGeography): string => `${scheme}-${code}`;

/** @throws FACTOR_FILE_INVALID at a country or region that is not known here */
function geographyOf(place: CellPlace, { country_code: country, country_or_region: region }: Entry): FactorGeography {
  const alpha2 = countries.get(country);
  if (alpha2 !== undefined) return { scheme: "iso-3166-1", code: alpha2 };
  const [others, name] = country === "" ? [REGIONS, region] : [OTHER_COUNTRIES, country];
  const known = Object.hasOwn(others, name) ? others[name] : undefined;
  if (known === undefined) throw invalidAt(place, `"${name}" is no place that is known here`);
  return known;
}

/** The official format, for the table of formats. */
export const EMBER: FactorFormat = {
  id: "ember",
  title: "Ember, electricity intensity by country, as of co2.js (JSON)",
  detect: (_, firstBytes) => {
    const head = new TextDecoder().decode(firstBytes);
    return head.trimStart().startsWith("{") && head.includes(`"${INTENSITY}"`);
  },
  import: importEmber,
};
