import type { FactorGeography } from "@tallystick/contracts";

/** The publisher's names of countries and territories, to ISO 3166-1. */
export const UK_COUNTRY_NAMES: Readonly<Record<string, string>> = {
  Argentina: "AR",
  Australia: "AU",
  Austria: "AT",
  Belgium: "BE",
  Brazil: "BR",
  Bulgaria: "BG",
  Canada: "CA",
  Chile: "CL",
  China: "CN",
  "Chinese Taipei": "TW",
  Colombia: "CO",
  "Costa Rica": "CR",
  Croatia: "HR",
  Cyprus: "CY",
  "Czech Republic": "CZ",
  Denmark: "DK",
  Egypt: "EG",
  Estonia: "EE",
  Fiji: "FJ",
  Finland: "FI",
  France: "FR",
  Germany: "DE",
  Gibraltar: "GI",
  Greece: "GR",
  "Hong Kong, China": "HK",
  Hungary: "HU",
  Iceland: "IS",
  India: "IN",
  Indonesia: "ID",
  Ireland: "IE",
  Israel: "IL",
  Italy: "IT",
  Japan: "JP",
  Jordan: "JO",
  Kazakhstan: "KZ",
  Korea: "KR",
  Latvia: "LV",
  Lithuania: "LT",
  Luxembourg: "LU",
  "Macau, China": "MO",
  Malaysia: "MY",
  Maldives: "MV",
  Malta: "MT",
  Mexico: "MX",
  Netherlands: "NL",
  "New Zealand": "NZ",
  Norway: "NO",
  Oman: "OM",
  Pakistan: "PK",
  Panama: "PA",
  "People's Rep. of China": "CN",
  Peru: "PE",
  Philippines: "PH",
  Poland: "PL",
  Portugal: "PT",
  Qatar: "QA",
  Romania: "RO",
  "Russian Federation": "RU",
  "Saudi Arabia": "SA",
  Singapore: "SG",
  "Slovak Republic": "SK",
  Slovenia: "SI",
  "South Africa": "ZA",
  "South Korea": "KR",
  Spain: "ES",
  Sweden: "SE",
  Switzerland: "CH",
  "Taiwan, China": "TW",
  Thailand: "TH",
  Turkey: "TR",
  UK: "GB",
  Ukraine: "UA",
  "United Arab Emirates": "AE",
  "United States": "US",
  Vietnam: "VN",
};

/** Scheme of the regions that are the publisher's own. */
export const UK_REGION_SCHEME = "uk-ghg-region";

/** The publisher's regions. Those that are no regions of UN M49 stay under a scheme of its own, so that no country is taken to lie in them. */
const REGIONS: Readonly<Record<string, FactorGeography>> = {
  "Africa (average)": { scheme: "un-m49", code: "002" },
  "Latin America (average)": { scheme: "un-m49", code: "419" },
  "EU (average)": { scheme: UK_REGION_SCHEME, code: "eu" },
  "Middle East (average)": { scheme: UK_REGION_SCHEME, code: "middle-east" },
  "Non-OECD Europe and Eurasia (average)": { scheme: UK_REGION_SCHEME, code: "non-oecd-europe-and-eurasia" },
};

const UNITED_KINGDOM: FactorGeography = { scheme: "iso-3166-1", code: "GB" };

/** A place, and which heading said it. Without a heading it is the United Kingdom, or the whole world for journeys between others. */
export interface UkPlace {
  readonly geography: FactorGeography;
  readonly heading?: number;
}

/** The place that headings are about: of hotels and of electricity abroad, the last one names it. Undefined for a name that is not known. */
export function ukPlaceOf(path: readonly string[]): UkPlace | undefined {
  const last = path.length - 1;
  const name = (path[last] ?? "").replace(/^Electricity: /, "");
  if (path.some((heading) => /to\/from non-UK/.test(heading))) return { geography: { scheme: "global", code: "GLO" } };
  const isAbroad = path[0] === "Hotel stay" || path.some((heading) => /overseas electricity/i.test(heading));
  // London is a heading of its own beside the country that it lies in.
  if (!isAbroad || name === "UK (London)") return { geography: UNITED_KINGDOM };
  const code = Object.hasOwn(UK_COUNTRY_NAMES, name) ? UK_COUNTRY_NAMES[name] : undefined;
  if (code !== undefined) return { geography: { scheme: "iso-3166-1", code }, heading: last };
  const region = Object.hasOwn(REGIONS, name) ? REGIONS[name] : undefined;
  return region === undefined ? undefined : { geography: region, heading: last };
}
