/** The publisher's names of units, folded to lower case, to codes of the unit table. */
const UNITS: Readonly<Record<string, string>> = {
  tonnes: "t",
  kg: "kg",
  litres: "l",
  "cubic metres": "m3",
  "million litres": "million-litre",
  gj: "GJ",
  kwh: "kWh",
  "kwh (net cv)": "kWh_net",
  "kwh (gross cv)": "kWh_gross",
  km: "km",
  miles: "mi",
  "passenger.km": "passenger-km",
  "tonne.km": "t-km",
  "room per night": "room-night",
  "per fte working hour": "FTE-h",
};

/** The code of a unit by the publisher's name of it; undefined for one that is not known here. */
export function ukUnitOf(name: string): string | undefined {
  const folded = name.toLowerCase();
  return Object.hasOwn(UNITS, folded) ? UNITS[folded] : undefined;
}

/** What a figure's label says it is: CO2e of all gases or of one, or energy, which is no emission. */
export type UkFigureKind =
  | { readonly of: "total" }
  | { readonly of: "gas"; readonly gas: "co2" | "ch4" | "n2o"; readonly labelledAsMass: boolean }
  | { readonly of: "energy" };

/**
 * The kind of figure that a label names. Each gas's figure is kg CO2e of that gas, also where the label (up to 2021) is "kg CH4":
 * the three come to the total. Undefined for a label that is none of the publisher's.
 */
export function ukFigureKind(label: string): UkFigureKind | undefined {
  if (label === "kg CO2e") return { of: "total" };
  const [, ofGas, mass] = /^(?:kg CO2e of (CO2|CH4|N2O)(?: per unit)?|kg (CO2|CH4|N2O))$/.exec(label) ?? [];
  const name = (ofGas ?? mass)?.toLowerCase();
  if (name === "co2" || name === "ch4" || name === "n2o") {
    return { of: "gas", gas: name, labelledAsMass: mass !== undefined };
  }
  return /^kWh(?: \((?:Net CV|net)\))?$/.test(label) ? { of: "energy" } : undefined;
}
