import type { Dimension } from "./dimension.ts";

/**
 * One row of the unit table: code, dimension, exact size in the base units (kg, m, s, J, kg CO2e, and one of each counted
 * thing) as decimal text or "n/d", and other spellings.
 */
export type UnitRow = readonly [code: string, dimension: Dimension, size: string, spellings?: readonly string[]];

const MASS = { mass: 1 };
const LENGTH = { length: 1 };
const AREA = { length: 2 };
const VOLUME = { length: 3 };
const TIME = { time: 1 };
const ENERGY = { energy: 1 };
const POWER = { energy: 1, time: -1 };
const DATA = { data: 1 };
const CO2E = { co2e: 1 };

/**
 * Sizes are exact by definition: the international yard and pound of 1959, the US gallon of 231 cubic inches, the
 * imperial gallon of 1976, Btu_IT from the International Table calorie (4.1868 J), Btu_th from the thermochemical one
 * (4.184 J), the US therm of 105,480,400 J (15 °F rise at 59 °F) and the European therm of 100,000 Btu_IT.
 */
export const UNIT_TABLE: readonly UnitRow[] = [
  ["kg", MASS, "1", ["kilogram", "kilograms", "kilogramme", "kilogrammes", "kgs", "KG", "Kg"]],
  ["g", MASS, "0.001", ["gram", "grams", "gramme"]],
  ["mg", MASS, "0.000001", ["milligram", "milligrams"]],
  ["t", MASS, "1000", ["tonne", "tonnes", "metric ton", "metric tons", "metric-ton"]],
  ["kt", MASS, "1000000", ["kilotonne", "kilotonnes"]],
  ["short-ton", MASS, "907.18474", ["short ton", "short tons", "US ton", "ton_us"]],
  ["long-ton", MASS, "1016.0469088", ["long ton", "long tons", "UK ton", "ton_uk"]],
  ["lb", MASS, "0.45359237", ["lbs", "LB", "LBS", "pound", "pounds"]],
  ["oz-av", MASS, "0.028349523125", ["avoirdupois ounce"]],
  ["oz-troy", MASS, "0.0311034768", ["troy ounce"]],

  ["m", LENGTH, "1", ["metre", "metres", "meter", "meters"]],
  ["cm", LENGTH, "0.01", ["centimetre", "centimeter"]],
  ["mm", LENGTH, "0.001", ["millimetre", "millimeter"]],
  ["km", LENGTH, "1000", ["kilometre", "kilometres", "kilometer", "kilometers", "KM"]],
  ["mi", LENGTH, "1609.344", ["mile", "miles", "statute mile"]],
  ["nmi", LENGTH, "1852", ["nautical mile", "nautical miles"]],
  ["ft", LENGTH, "0.3048", ["foot", "feet"]],
  ["in", LENGTH, "0.0254", ["inch", "inches"]],
  ["yd", LENGTH, "0.9144", ["yard", "yards"]],

  ["m2", AREA, "1", ["m²", "m^2", "square meter", "square metre", "square meters", "square metres", "sqm", "M2"]],
  ["ha", AREA, "10000", ["hectare", "hectares"]],
  ["km2", AREA, "1000000", ["km²", "square kilometre", "square kilometer"]],
  ["ft2", AREA, "0.09290304", ["ft²", "square foot", "square feet", "sqft"]],
  ["acre", AREA, "4046.8564224", ["international acre", "acres"]],

  ["m3", VOLUME, "1", ["m³", "m^3", "cubic meter", "cubic metre", "cubic meters", "cubic metres", "cbm", "M3"]],
  ["l", VOLUME, "0.001", ["L", "liter", "liters", "litre", "litres", "ltr"]],
  ["ml", VOLUME, "0.000001", ["mL", "milliliter", "millilitre"]],
  ["hl", VOLUME, "0.1", ["hL", "hectoliter", "hectolitre"]],
  ["million-litre", VOLUME, "1000", ["million litres", "megalitre", "megalitres"]],
  ["gal-us", VOLUME, "0.003785411784", ["US gallon", "US gallons", "gal_us"]],
  ["gal-imp", VOLUME, "0.00454609", ["imperial gallon", "imperial gallons", "UK gallon", "gal_uk"]],
  ["bbl-oil", VOLUME, "0.158987294928", ["oil barrel", "oil barrels"]],
  ["ft3", VOLUME, "0.028316846592", ["ft³", "cubic foot", "cubic feet"]],
  ["scf", { "standard-gas": 1 }, "1", ["standard cubic foot", "standard cubic feet"]],

  ["s", TIME, "1", ["second", "seconds", "sec"]],
  ["min", TIME, "60", ["minute", "minutes"]],
  ["h", TIME, "3600", ["hour", "hours", "hr"]],
  ["day", TIME, "86400", ["days", "d"]],
  ["week", TIME, "604800", ["weeks"]],
  ["year", { "calendar-year": 1 }, "1", ["years", "calendar year", "yr"]],

  ["J", ENERGY, "1", ["joule", "joules"]],
  ["kJ", ENERGY, "1000", ["kilojoule", "kilojoules"]],
  ["MJ", ENERGY, "1000000", ["megajoule", "megajoules"]],
  ["GJ", ENERGY, "1000000000", ["gigajoule", "gigajoules"]],
  ["TJ", ENERGY, "1000000000000", ["terajoule", "terajoules"]],
  ["Wh", ENERGY, "3600", ["watt hour", "watt hours"]],
  ["kWh", ENERGY, "3600000", ["kilowatt hour", "kilowatt hours", "kilowatt-hour", "KWH", "kwh", "KWh", "Kwh"]],
  ["MWh", ENERGY, "3600000000", ["megawatt hour", "megawatt hours", "megawatt-hour", "MWH"]],
  ["GWh", ENERGY, "3600000000000", ["gigawatt hour", "gigawatt hours", "gigawatt-hour", "GWH"]],
  ["Btu_IT", ENERGY, "1055.05585262"],
  ["Btu_th", ENERGY, "23722880951/22500000"],
  ["MMBtu_IT", ENERGY, "1055055852.62"],
  ["therm_US", ENERGY, "105480400", ["therm (US)"]],
  ["therm_EC", ENERGY, "105505585.262", ["therm (EC)"]],
  ["kcal_IT", ENERGY, "4186.8"],
  ["kcal_th", ENERGY, "4184"],

  ["W", POWER, "1", ["watt", "watts"]],
  ["kW", POWER, "1000", ["kilowatt", "kilowatts", "KW"]],
  ["MW", POWER, "1000000", ["megawatt", "megawatts"]],

  ["passenger", { passenger: 1 }, "1", ["passengers"]],
  ["TEU", { TEU: 1 }, "1", ["twenty-foot equivalent unit"]],
  ["vehicle", { vehicle: 1 }, "1", ["vehicles"]],
  ["room-night", { "room-night": 1 }, "1", ["room nights", "room night", "room-nights", "Room per night"]],
  ["piece", { piece: 1 }, "1", ["pieces", "pcs", "PCS", "PC", "EA", "pc", "each", "ea", "unit", "units"]],
  ["use", { use: 1 }, "1", ["uses", "wash", "washes", "cycle", "cycles"]],
  ["FTE", { FTE: 1 }, "1", ["full-time equivalent", "full-time equivalents"]],

  ["kg CO2e", CO2E, "1", ["kgCO2e", "kg CO2-eq"]],
  ["g CO2e", CO2E, "0.001", ["gCO2e", "g CO2-eq"]],
  ["t CO2e", CO2E, "1000", ["tCO2e", "t CO2-eq", "tonnes CO2e", "metric tons CO2e"]],
  ["kt CO2e", CO2E, "1000000", ["ktCO2e"]],
  ["lb CO2e", CO2E, "0.45359237", ["lbs CO2e"]],

  ["bit", DATA, "1", ["bits"]],
  ["Mbit", DATA, "1000000", ["megabit", "megabits"]],
  ["B", DATA, "8", ["byte", "bytes"]],
  ["GB", DATA, "8000000000", ["gigabyte", "gigabytes"]],
  ["GiB", DATA, "8589934592", ["gibibyte", "gibibytes"]],
  ["TB", DATA, "8000000000000", ["terabyte", "terabytes"]],
];

/** Common names of products of units, to the codes of their factors. */
export const PRODUCT_NAMES: Readonly<Record<string, readonly string[]>> = {
  tkm: ["t", "km"],
  "tonne.km": ["t", "km"],
  "ton kilometer": ["t", "km"],
  "tonne kilometre": ["t", "km"],
  "tonne-kilometre": ["t", "km"],
  pkm: ["passenger", "km"],
  "passenger.km": ["passenger", "km"],
  "passenger kilometre": ["passenger", "km"],
  "passenger kilometer": ["passenger", "km"],
  vkm: ["vehicle", "km"],
  "vehicle kilometre": ["vehicle", "km"],
  "vehicle kilometer": ["vehicle", "km"],
  "per FTE Working Hour": ["FTE", "h"],
  "megabit second": ["Mbit", "s"],
};

/** Names that mean different things to different people, with what to write instead. */
export const AMBIGUOUS_NAMES: Readonly<Record<string, readonly string[]>> = {
  ton: ["t", "short-ton", "long-ton"],
  tons: ["t", "short-ton", "long-ton"],
  mt: ["t", "kt"],
  "mt co2e": ["t CO2e", "kt CO2e"],
  mtco2e: ["t CO2e", "kt CO2e"],
  "ton co2e": ["t CO2e", "lb CO2e"],
  "tons co2e": ["t CO2e", "lb CO2e"],
  ounce: ["oz-av", "oz-troy"],
  oz: ["oz-av", "oz-troy"],
  gallon: ["gal-us", "gal-imp"],
  gallons: ["gal-us", "gal-imp"],
  gal: ["gal-us", "gal-imp"],
  barrel: ["bbl-oil", "l"],
  bbl: ["bbl-oil", "l"],
  therm: ["therm_US", "therm_EC"],
  therms: ["therm_US", "therm_EC"],
  btu: ["Btu_IT", "Btu_th"],
  mmbtu: ["MMBtu_IT", "MJ"],
  mcf: ["scf", "ft3", "m3"],
  ccf: ["scf", "ft3", "m3"],
  kcal: ["kcal_IT", "kcal_th"],
  calorie: ["kcal_IT", "kcal_th"],
  month: ["day", "year"],
};
