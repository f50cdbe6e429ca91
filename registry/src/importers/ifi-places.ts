import type { FactorGeography } from "@tallystick/contracts";
import { iso31661 } from "iso-3166";

/** Scheme of what is no country or part of one: no country is taken to lie in it. */
export const IFI_REGION_SCHEME = "ifi-region";

/** A name of the IFI table that is no name of ISO 3166-1: the places that it is of, and what is odd about it. */
interface OtherName {
  readonly places: readonly FactorGeography[];
  readonly odd?: string;
}

const country = (code: string): OtherName => ({ places: [{ scheme: "iso-3166-1", code }] });
const part = (code: string): OtherName => ({ places: [{ scheme: "iso-3166-2", code }] });

const OTHER_NAMES: Readonly<Record<string, OtherName>> = {
  "American Samoa (U.S.)": country("AS"),
  "Anguilla (U.K.)": country("AI"),
  "Azores (Portugal)": part("PT-20"),
  "Bermuda (U.K.)": country("BM"),
  "Bonaire (Netherland)": part("BQ-BO"),
  "British Virgin Islands (U.K.)": country("VG"),
  "Canary Islands (Spain)": part("ES-CN"),
  "Cape Verde": country("CV"),
  "Channel Islands (U.K)": {
    places: [
      { scheme: "iso-3166-1", code: "GG" },
      { scheme: "iso-3166-1", code: "JE" },
    ],
    odd: "read as of Guernsey and of Jersey",
  },
  "China (PRC and Hong Kong)": {
    places: [
      { scheme: "iso-3166-1", code: "CN" },
      { scheme: "iso-3166-1", code: "HK" },
    ],
    odd: "read as of China and of Hong Kong",
  },
  "Congo, Democratic Republic of": country("CD"),
  "Congo, Republic of": country("CG"),
  "Curacao/Netherlands Antilles": {
    ...country("CW"),
    odd: "read as of Curaçao: the Netherlands Antilles were dissolved in 2010, and Bonaire and Sint Maarten stand apart",
  },
  "Czech Republic": country("CZ"),
  "Falkland Islands (U.K.)": country("FK"),
  "Faroe Islands (Denmark)": country("FO"),
  "Gibraltar (U.K.)": country("GI"),
  "Guadeloupe (France)": country("GP"),
  "Isle of Man (U.K.)": country("IM"),
  "Korea (North), Democratic People's Republic of": country("KP"),
  "Korea (South), Republic of": country("KR"),
  // Not in ISO 3166-1, whose user-assigned code for it would be taken for one of a country.
  Kosovo: { places: [{ scheme: IFI_REGION_SCHEME, code: "kosovo" }] },
  "Madeira (Portugal)": part("PT-30"),
  "Martinique (France)": country("MQ"),
  "Mayotte (France)": country("YT"),
  Micronesia: country("FM"),
  "Moldova, Republic of": country("MD"),
  Netherlands: country("NL"),
  "New Caledonia (France)": country("NC"),
  "North Macedonia, Republic of": country("MK"),
  "Northern Mariana Islands (U.S.)": country("MP"),
  "Palestinian Authority": country("PS"),
  "Puerto Rico (U.S.)": country("PR"),
  "Reunion (France)": country("RE"),
  "Saint Helena (U.K.)": country("SH"),
  "Saint Martin (France)": country("MF"),
  "Saint Pierre and Miquelon (France)": country("PM"),
  "Saint Vincent and Grenadines": country("VC"),
  "Sao Tomé & Principe": country("ST"),
  "Sint Martin (Netherlands)": country("SX"),
  "Slovak Republic": country("SK"),
  "Taiwan (Chinese Taipei)": country("TW"),
  Turkey: country("TR"),
  "Turks and Caicos Islands (U.K.)": country("TC"),
  "United Kingdom": country("GB"),
  "United States": country("US"),
  Vanatu: { ...country("VU"), odd: "read as Vanuatu" },
  "Memo: EU 27": { places: [{ scheme: IFI_REGION_SCHEME, code: "eu-27" }] },
};

const byIsoName = new Map(iso31661.map(({ name, alpha2 }) => [name, country(alpha2)]));

/** The places that a name of the IFI table is of; undefined for a name that is not known. */
export function ifiPlacesOf(name: string): OtherName | undefined {
  return Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : byIsoName.get(name);
}
