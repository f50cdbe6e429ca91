import { unitOf } from "../units/unit.ts";
import type { Method, MethodInput } from "./method.ts";

// What an input may be measured in, each by one unit of its dimension.
const ENERGY = ["kWh", "kWh_gross", "kWh_net"];
const FUEL = [...ENERGY, "kg", "m3", "scf"];
const MASS = ["kg"];
const LENGTH = ["km"];
const AREA = ["m2"];
const VOLUME = ["m3"];
const TIME = ["day"];
const YEARS = ["year"];
const CO2E = ["kg CO2e"];

type Options = Partial<Pick<MethodInput, "required" | "role" | "signed" | "money">>;

const amount = (name: string, about: string, units?: readonly string[], options: Options = {}): MethodInput => ({
  name,
  kind: "amount",
  role: "times",
  required: true,
  about,
  ...(units === undefined ? {} : { measures: units.map((unit) => unitOf(unit).measures) }),
  ...options,
});
const share = (name: string, about: string, options: Options = {}): MethodInput => ({
  name,
  kind: "share",
  role: "times",
  required: true,
  about,
  ...options,
});
const OPTIONAL: Options = { required: false };
const DIVIDES_IF_GIVEN: Options = { role: "divide", required: false };

const allocated = share("allocated", "part of a shared site or vehicle: by area, volume, mass or money", OPTIONAL);
const consumed = amount("consumption", "energy or fuel used, or refrigerant leaked", FUEL);
const attributed = share(
  "attributed",
  "part attributed to the investor: of equity, or of enterprise value including cash (PCAF)",
);
const bought = amount("quantity", "how much, in any unit that the factor is per", undefined, { signed: true });

/** GHG Protocol, Technical Guidance for Calculating Scope 3 Emissions, version 1.0 (2013). */
const guidance = (section: string): string => `GHG Protocol Scope 3 guidance (2013), ${section}`;

/**
 * The calculation methods, by the categories in which the guidance offers them. The first input of a method is the one that a ledger
 * line's own quantity and unit stand for. Capital goods have no input for a lifetime: they are counted whole in the year they are bought
 * (guidance, category 2), never depreciated.
 */
export const METHODS: readonly Method[] = [
  {
    id: "supplier-specific",
    categories: [1, 2, 3],
    inputs: [bought],
    factor: "required",
    source: guidance("1.1, 2, 3"),
  },
  {
    id: "average-data",
    categories: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
    inputs: [bought],
    factor: "required",
    source: guidance("1.3, 2, 3, 5.3, 7.3, 8.2, 10.2, 12.2, 13.2, 14.2"),
  },
  {
    id: "spend-based",
    categories: [1, 2, 4, 6, 9],
    inputs: [
      amount("spend", "money of a named currency and year (USD@2022)", undefined, { signed: true, money: true }),
    ],
    factor: "required",
    source: guidance("1.4, 2, 4.4, 6.3"),
  },
  {
    id: "energy-intensity",
    categories: [1, 2, 8, 10, 13],
    inputs: [
      amount("service", "how much of a service or a process"),
      amount("perUnit", "energy or fuel that one unit of it takes (kWh/GB, kWh/kg)"),
    ],
    factor: "required",
    source: guidance("1.2, 10.1"),
  },
  {
    id: "site-specific",
    categories: [1, 2, 4, 8, 9, 10, 13, 14],
    inputs: [
      consumed,
      allocated,
      share("occupancy", "part of the building in use, that the shared load is spread over", DIVIDES_IF_GIVEN),
    ],
    factor: "required",
    source: guidance("1.2, 4.5, 8.1, 10.1, 13.1, 14.1"),
  },
  {
    id: "allocated-emissions",
    categories: [1, 2, 4, 8, 9, 10, 13, 14],
    inputs: [
      amount("emissions", "emissions of a supplier, a site, a vehicle or an asset as a whole", CO2E),
      share("allocated", "part that is the company's: by mass, volume, area, money, tonne-kilometres or pieces"),
    ],
    factor: "none",
    source: guidance("1.2, 4.3, 8.1, 13.1, 14.1; Scope 3 Standard, chapter 8"),
  },
  {
    id: "upstream-fuel",
    categories: [3],
    inputs: [amount("consumption", "fuel bought and used, or electricity bought, in its own unit", FUEL)],
    factor: "required",
    source: guidance("3, activities A and B"),
  },
  {
    id: "upstream-allocated",
    categories: [3],
    inputs: [amount("emissions", "upstream emissions of a whole", CO2E), share("consumed", "part of it that was used")],
    factor: "none",
    source: "GHG Protocol Scope 3 Standard (2011), figure 5.5",
  },
  {
    id: "transmission-losses",
    categories: [3],
    inputs: [
      amount(
        "consumption",
        "electricity, steam or heat that was lost, or that was used where a loss rate is given",
        ENERGY,
      ),
      share("lossRate", "part of the supply that is lost on the way", OPTIONAL),
    ],
    factor: "required",
    boundary: {
      says: /life.?cycle|transmission|distribution|t&d/i,
      reason: "losses are counted with their life cycle: generation and what is upstream of it",
      without: {
        share: "lossRate",
        says: /transmission|distribution|t&d|loss/i,
        reason:
          "a factor of losses is per what is used and has the loss rate in it: leave out lossRate, or take a factor of generation",
      },
    },
    source: `${guidance("3, activity C")}; Scope 3 Standard, figure 5.5`,
  },
  {
    id: "power-sold",
    categories: [3],
    inputs: [amount("delivered", "electricity, steam or heat bought and sold on to end users", ENERGY)],
    factor: "required",
    boundary: { says: /life.?cycle/i, reason: "power that is sold on is counted with its life cycle" },
    source: guidance("3, activity D"),
  },
  {
    id: "fuel-based",
    categories: [1, 2, 4, 6, 7, 9],
    inputs: [consumed, allocated],
    factor: "required",
    source: guidance("4.1, 6.1, 7.1"),
  },
  {
    id: "distance-based",
    categories: [1, 2, 4, 9],
    inputs: [
      amount("mass", "what was carried", MASS, OPTIONAL),
      amount("containers", "what was carried, in TEU", ["TEU"], OPTIONAL),
      amount("volume", "what was carried, by volume", VOLUME, OPTIONAL),
      amount("vehicles", "vehicles that drove for nobody else", ["vehicle"], OPTIONAL),
      amount("distance", "how far", LENGTH),
      amount(
        "massPerTeu",
        "load of a container, where mass is carried under a factor per TEU",
        ["t/TEU"],
        DIVIDES_IF_GIVEN,
      ),
    ],
    oneOf: [["mass", "containers", "volume", "vehicles"]],
    factor: "required",
    source: `${guidance("4.2, 9.1")}; ISO 14083`,
  },
  {
    id: "average-distribution",
    categories: [4, 9],
    inputs: [
      amount("volume", "space taken", VOLUME, OPTIONAL),
      amount("pieces", "pallets or pieces stored", ["piece"], OPTIONAL),
      amount("mass", "mass stored", MASS, OPTIONAL),
      amount("storage", "how long", TIME, OPTIONAL),
    ],
    oneOf: [["volume", "pieces", "mass"]],
    factor: "required",
    source: guidance("4.6"),
  },
  {
    id: "waste-type-specific",
    categories: [1, 2, 5, 10, 12],
    inputs: [
      amount("mass", "waste, or what a sold product leaves", MASS),
      share("treated", "part of it that goes to this treatment", OPTIONAL),
    ],
    factor: "required",
    splitBy: "treated",
    source: guidance("5.2, 5.3, 12.1"),
  },
  {
    id: "waste-supplier-specific",
    categories: [5, 12],
    inputs: [
      amount("emissions", "emissions of the treatment as a whole", CO2E),
      share("allocated", "part that is the company's"),
    ],
    factor: "none",
    source: guidance("5.1"),
  },
  {
    id: "vehicle-distance",
    categories: [6, 7],
    inputs: [
      amount("people", "who travelled", ["passenger"], OPTIONAL),
      amount("vehicles", "vehicles that drove", ["vehicle"], OPTIONAL),
      amount("perVehicle", "people in one vehicle", ["passenger/vehicle"], DIVIDES_IF_GIVEN),
      amount("distance", "how far each went, or how far a day", ["km", "km/day"]),
      amount("days", "on how many days", TIME, OPTIONAL),
    ],
    oneOf: [["people", "vehicles"]],
    factor: "required",
    source: guidance("6.2, 7.2"),
  },
  {
    id: "passenger-distance",
    categories: [6, 7],
    inputs: [
      amount("people", "who travelled", ["passenger"]),
      amount("distance", "how far each went, or how far a day", ["km", "km/day"]),
      amount("days", "on how many days", TIME, OPTIONAL),
      share("modeShare", "part of them that took this means of transport", OPTIONAL),
    ],
    factor: "required",
    splitBy: "modeShare",
    source: guidance("6.2, 7.2"),
  },
  {
    id: "travelled-distance",
    categories: [6, 7],
    inputs: [
      amount("distance", "passenger-kilometres or vehicle-kilometres, as agents report them", [
        "passenger-km",
        "vehicle-km",
      ]),
    ],
    factor: "required",
    source: guidance("6.2, 7.3"),
  },
  {
    id: "hotel-stay",
    categories: [6],
    inputs: [amount("nights", "nights in a room", ["room-night"])],
    factor: "required",
    source: guidance("6, hotel stays"),
  },
  {
    id: "telework",
    categories: [7],
    inputs: [
      amount("hours", "worked at home, by one or more in full-time posts", ["FTE-h"], OPTIONAL),
      amount("consumption", "energy used at home for work", ENERGY, OPTIONAL),
    ],
    oneOf: [["hours", "consumption"]],
    factor: "required",
    source: guidance("7, teleworking"),
  },
  {
    id: "average-asset",
    categories: [8, 13, 14],
    inputs: [
      amount("area", "floor space", AREA, OPTIONAL),
      amount("assets", "buildings, vehicles or other assets of one kind", ["piece", "vehicle"], OPTIONAL),
      amount("duration", "how long, where the factor is per year", YEARS, OPTIONAL),
      share("leased", "part of that time", OPTIONAL),
    ],
    oneOf: [["area", "assets"]],
    factor: "required",
    source: guidance("8.2, 13.2, 14.2"),
  },
  {
    id: "use-phase-direct",
    categories: [11],
    inputs: [
      amount("sold", "products sold", ["piece"]),
      amount("uses", "uses of one product in its lifetime", ["use/piece"], OPTIONAL),
      amount("perUse", "energy, fuel or gas that one use takes or lets out", undefined, OPTIONAL),
      amount(
        "perProduct",
        "energy, fuel or gas that one product takes or lets out in its lifetime",
        undefined,
        OPTIONAL,
      ),
      share("scenario", "part of the uses that are of this kind", OPTIONAL),
    ],
    oneOf: [["perUse", "perProduct"]],
    factor: "required",
    splitBy: "scenario",
    source: guidance("11.1"),
  },
  {
    id: "use-phase-indirect",
    categories: [11],
    inputs: [
      amount("sold", "products sold", ["piece"]),
      amount("uses", "uses of one product in its lifetime", ["use/piece"]),
      amount("perUse", "energy or fuel that one use takes"),
      share("scenario", "part of the uses that are of this kind", OPTIONAL),
    ],
    factor: "required",
    splitBy: "scenario",
    source: guidance("11.2"),
  },
  {
    id: "lifetime-power",
    categories: [11],
    inputs: [
      amount("sold", "products sold", ["piece"]),
      amount("power", "power of one product", ["W"]),
      amount("dailyUse", "time in use on a day (h/day)", ["1"]),
      amount("daysPerYear", "days of use in a year (day/year)", ["day/year"]),
      amount("lifetime", "years that one product lasts (year/piece)", ["year/piece"]),
      share("scenario", "part of the products that are used like this", OPTIONAL),
    ],
    factor: "required",
    splitBy: "scenario",
    source: guidance("appendix B"),
  },
  {
    id: "intermediate-product",
    categories: [11],
    inputs: [
      amount("sold", "final products that hold what was sold", ["piece", "vehicle"]),
      amount("lifetime", "what one final product does in its lifetime (km/piece)"),
      share("allocated", "part of the final product that was sold: by mass, or by money"),
    ],
    factor: "required",
    source: guidance("11.3"),
  },
  {
    id: "sold-fuel",
    categories: [11],
    inputs: [amount("sold", "fuel or feedstock sold, that its buyers burn", FUEL)],
    factor: "required",
    source: guidance("11.1"),
  },
  {
    id: "reported-use",
    categories: [11],
    inputs: [amount("emissions", "what the buyers' use of what was sold lets out", CO2E)],
    factor: "none",
    source: "GHG Protocol Scope 3 Standard (2011), figure 5.5",
  },
  {
    id: "investment",
    categories: [15],
    inputs: [amount("emissions", "of the investee, in the reporting year", CO2E), attributed],
    factor: "none",
    source: `${guidance("15.1")}; PCAF Standard part A (2022), chapter 5`,
  },
  {
    id: "projected-investment",
    categories: [15],
    inputs: [
      amount("emissions", "of the project in one year of its life", ["kg CO2e/year"]),
      amount("years", "that the project is expected to last", YEARS),
      attributed,
    ],
    factor: "none",
    apart: "projected lifetime emissions",
    source: guidance("15.5"),
  },
  {
    id: "investment-average",
    categories: [15],
    inputs: [
      amount("revenue", "of the investee, in money of a named currency and year", undefined, { money: true }),
      attributed,
    ],
    factor: "required",
    source: guidance("15.2"),
  },
];
