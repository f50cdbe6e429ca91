/**
 * What a unit measures. Passengers, containers, vehicles, nights and pieces are dimensions of their own, so that
 * tonne-kilometres never pass for TEU-kilometres. Calendar years are apart from time, having 365 or 366 days, and gas
 * at standard conditions is apart from volume, having no volume until its conditions are named.
 */
export type Base =
  | "mass"
  | "length"
  | "time"
  | "energy"
  | "standard-gas"
  | "calendar-year"
  | "passenger"
  | "TEU"
  | "vehicle"
  | "room-night"
  | "piece"
  | "data";

/** Exponents of the bases; absent is 0. */
export type Dimension = Readonly<Partial<Record<Base, number>>>;

export function multiplyDimensions(a: Dimension, b: Dimension): Dimension {
  const product: Partial<Record<Base, number>> = { ...a };
  for (const [base, exponent] of Object.entries(b) as [Base, number][]) {
    product[base] = (product[base] ?? 0) + exponent;
  }
  return product;
}

/** Text that is equal for equal dimensions: "length^2·time", bases sorted. */
export function formatDimension(dimension: Dimension): string {
  return Object.entries(dimension)
    .filter(([, exponent]) => exponent !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([base, exponent]) => (exponent === 1 ? base : `${base}^${exponent}`))
    .join("·");
}
