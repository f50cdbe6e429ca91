import type { ProductFootprint } from "@tallystick/contracts";

/** What product a footprint is of: all its product ids, sorted. Ties between footprints go by this text. */
export function productKey(footprint: ProductFootprint): string {
  return [...footprint.productIds].sort().join(" ");
}

/** The geography a footprint states, as its narrowest field has it; "" where it states none (global). */
export function siteKey({ pcf }: ProductFootprint): string {
  return pcf.geographyCountrySubdivision ?? pcf.geographyCountry ?? pcf.geographyRegionOrSubregion ?? "";
}

/** The reference period in Unix milliseconds, so that two spellings of one instant are one period. */
export function periodOf({ pcf }: ProductFootprint): { readonly startMs: number; readonly endMs: number } {
  return { startMs: Date.parse(pcf.referencePeriodStart), endMs: Date.parse(pcf.referencePeriodEnd) };
}

export function periodKey(footprint: ProductFootprint): string {
  const { startMs, endMs } = periodOf(footprint);
  return `${startMs}/${endMs}`;
}
