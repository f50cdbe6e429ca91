import type { FactorGeography } from "@tallystick/contracts";
import type { UkGasBasket } from "./uk-gases.ts";
import { ukPlaceOf } from "./uk-places.ts";
import { ukUnitOf } from "./uk-units.ts";

/** Where a figure of the UK conversion factors stands among the publisher's headings, as published. */
export interface UkHeadings {
  /** The sheet: "Business travel- air". */
  readonly subject: string;
  /** The headings below it, outermost first; "" where a level is not used. */
  readonly levels: readonly string[];
  /** The heading of the figure's column ("Diesel", "With RF"), or "". */
  readonly column: string;
  /** "tonnes", "kWh (Gross CV)". */
  readonly unit: string;
}

/** What follows from the headings alone. */
export interface UkPath {
  readonly key: string;
  readonly activity: string;
  readonly label: string;
  readonly path: readonly string[];
  readonly denominator: string;
  readonly boundary: string;
  readonly geography: FactorGeography;
  readonly category?: number;
}

interface Subject {
  readonly boundary: string;
  readonly category?: number;
}

/** What the figures of each sheet are of. WTT sheets, whatever else their names say, are well-to-tank. */
const SUBJECTS: Readonly<Record<string, Subject>> = {
  fuels: { boundary: "combustion" },
  bioenergy: { boundary: "combustion" },
  "refrigerant-other": { boundary: "release of the gas" },
  "passenger-vehicles": { boundary: "tank-to-wheel" },
  "delivery-vehicles": { boundary: "tank-to-wheel" },
  "uk-electricity": { boundary: "generation" },
  "uk-electricity-for-evs": { boundary: "generation" },
  "heat-and-steam": { boundary: "generation" },
  "transmission-and-distribution": { boundary: "losses in distribution", category: 3 },
  "uk-electricity-t-d-for-evs": { boundary: "losses in distribution", category: 3 },
  "water-supply": { boundary: "supply", category: 1 },
  "water-treatment": { boundary: "treatment" },
  "material-use": { boundary: "cradle-to-gate", category: 1 },
  "waste-disposal": { boundary: "treatment with transport, without avoided emissions", category: 5 },
  "business-travel-air": { boundary: "tank-to-wake", category: 6 },
  "business-travel-sea": { boundary: "tank-to-wake", category: 6 },
  "business-travel-land": { boundary: "tank-to-wheel", category: 6 },
  "freighting-goods": { boundary: "tank-to-wheel", category: 4 },
  "hotel-stay": { boundary: "stay", category: 6 },
  "managed-assets-electricity": { boundary: "generation" },
  "managed-assets-vehicles": { boundary: "tank-to-wheel" },
  homeworking: { boundary: "energy use", category: 7 },
  "outside-of-scopes": { boundary: "CO2 of biomass, outside the scopes" },
};

/** Column headings that say what is inside a figure, not what it is of. */
const ONLY_KYOTO = "Kyoto gases only";
const ONLY_NON_KYOTO = "non-Kyoto gases only";
const WITH_NON_KYOTO = "with non-Kyoto gases";
const BOUNDARY_COLUMNS: Readonly<Record<string, readonly [segment: string, boundary: string]>> = {
  "with-rf": ["with-rf", "with radiative forcing"],
  "without-rf": ["without-rf", "without radiative forcing"],
  "emissions-including-only-kyoto-products": ["kyoto", ONLY_KYOTO],
  "emissions-including-only-non-kyoto-products": ["non-kyoto", ONLY_NON_KYOTO],
  "total-emissions-including-non-kyoto-products": ["total", WITH_NON_KYOTO],
};

/** Column headings of fuels that say once more what the unit says. */
const UNIT_COLUMNS: ReadonlySet<string> = new Set(["tonnes", "volume", "energy-gross-cv", "energy-net-cv"]);
/** Units of which another, metric one of the same dimension stands beside them. */
const SECOND_UNITS: ReadonlySet<string> = new Set(["mi", "million-litre"]);

/**
 * Key, activity and all else that follows from the headings. Undefined for a sheet, a unit or a country that is not known here.
 *
 * The key is the headings and the unit; the activity is the headings without those that say a boundary or a place, shared by all units
 * but miles and million litres, which stand beside kilometres and cubic metres.
 */
export function ukPathOf({ subject, levels, column, unit }: UkHeadings): UkPath | undefined {
  const denominator = ukUnitOf(unit);
  const subjectSlug = ukSlug(subject);
  const kind = subjectSlug.startsWith("wtt-")
    ? { boundary: "well-to-tank", category: 3 }
    : Object.hasOwn(SUBJECTS, subjectSlug)
      ? SUBJECTS[subjectSlug]
      : undefined;
  if (denominator === undefined || kind === undefined) return undefined;
  const columnSlug = ukSlug(column);
  const inside = Object.hasOwn(BOUNDARY_COLUMNS, columnSlug) ? BOUNDARY_COLUMNS[columnSlug] : undefined;
  const headings = [subject, ...levels, inside !== undefined || UNIT_COLUMNS.has(columnSlug) ? "" : column];
  const path = headings.filter(
    (heading, at) => heading !== "" && (at === 0 || ukSlug(heading) !== ukSlug(headings[at - 1] ?? "")),
  );
  const segments = path.map(ukSlug);
  const isGas = subjectSlug === "refrigerant-other";
  // Up to 2021 a gas or blend has one figure, of all that it consists of.
  const within = inside?.[1] ?? (isGas ? WITH_NON_KYOTO : undefined);
  const place = ukPlaceOf(path);
  if (place === undefined) return undefined;
  const unitSegment = ukSlug(denominator);
  const activity = [
    ...(place.heading === undefined ? segments : segments.filter((_, at) => at !== place.heading)),
    ...(SECOND_UNITS.has(denominator) ? [unitSegment] : []),
  ];
  return {
    key: [...segments, ...(inside === undefined ? [] : [inside[0]]), unitSegment].join("/"),
    activity: activity.join("/"),
    label: [...path, ...(inside === undefined ? [] : [column])].join(", "),
    path: [subject, ...levels, column].filter((heading) => heading !== ""),
    denominator,
    boundary: within === undefined ? kind.boundary : `${kind.boundary}, ${within}`,
    geography: isGas ? { scheme: "global", code: "GLO" } : place.geography,
    ...(kind.category === undefined ? {} : { category: kind.category }),
  };
}

/** Which gases of a refrigerant its boundary counts. */
export function basketOf(boundary: string): UkGasBasket {
  if (boundary.endsWith(`, ${ONLY_NON_KYOTO}`)) return "non-kyoto";
  return boundary.endsWith(`, ${ONLY_KYOTO}`) ? "kyoto" : "total";
}

/** "10,000–19,999 dwt" is 10000-19999-dwt; "T&D" is t-d; "60,000+ dwt" is 60000-plus-dwt. */
export function ukSlug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/(?<=\d),(?=\d{3})/g, "")
    .replaceAll(/(?<=\d)\+/g, "-plus")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}
