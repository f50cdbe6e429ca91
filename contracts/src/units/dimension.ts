/**
 * What a unit measures. Passengers, containers, vehicles, nights, pieces, uses and full-time posts are dimensions of their
 * own, so that tonne-kilometres never pass for TEU-kilometres. Calendar years are apart from time, having 365 or 366 days.
 * Gas at standard conditions is apart from volume, having no volume until its conditions are named. Fuel energy on the gross
 * and on the net calorific value are apart from each other and from energy that is delivered as such (electricity, heat).
 * CO2e is apart from the mass of goods. Money is of one currency and one year: a dollar of 2021 is none of 2022.
 */
export type Base =
  | "mass"
  | "length"
  | "time"
  | "energy"
  | "energy-gross"
  | "energy-net"
  | "standard-gas"
  | "calendar-year"
  | "passenger"
  | "TEU"
  | "vehicle"
  | "room-night"
  | "piece"
  | "use"
  | "FTE"
  | "data"
  | "co2e"
  | `money:${string}`;

/** Exponents of the bases, none of them 0; absent is 0. */
export type Dimension = Readonly<Partial<Record<Base, number>>>;

export function multiplyDimensions(a: Dimension, b: Dimension): Dimension {
  return addExponents(a, b, 1);
}

/** The dimension of a quantity measured by `a` per one measured by `b`. */
export function divideDimensions(a: Dimension, b: Dimension): Dimension {
  return addExponents(a, b, -1);
}

function addExponents(a: Dimension, b: Dimension, sign: 1 | -1): Dimension {
  const result: Partial<Record<Base, number>> = { ...a };
  for (const [base, exponent] of Object.entries(b) as [Base, number][]) {
    const sum = (result[base] ?? 0) + sign * exponent;
    if (sum === 0) delete result[base];
    else result[base] = sum;
  }
  return result;
}

/** How a number without dimension is written: "1". */
export const DIMENSIONLESS = "1";

/** Text that is equal for equal dimensions: "length^2·time", "energy·piece^-1", bases sorted; "1" for a number. */
export function formatDimension(dimension: Dimension): string {
  const bases = Object.entries(dimension)
    .filter(([, exponent]) => exponent !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([base, exponent]) => (exponent === 1 ? base : `${base}^${exponent}`));
  return bases.length === 0 ? DIMENSIONLESS : bases.join("·");
}
