import { z } from "zod";
import { contractError } from "../errors.ts";
import { parseDecimal } from "../exact/rational.ts";
import { decimal, line, slug, unit, version } from "../schema/fields.ts";
import { parseOr } from "../schema/findings.ts";
import { type FuelLink, fuelLinkOf, isForest } from "./fuel-links.ts";

/**
 * One property of a fuel, as a ratio of what one amount of it measures in two ways: a net calorific value ("45.627"
 * "GJ_net/t"), a gross one ("0.001026" "MMBtu_IT_gross/scf"), a density ("832" "kg/m3").
 */
export interface FuelProperty {
  /** Decimal text, above 0. */
  readonly value: string;
  /** A ratio of two of: mass, volume, standard gas, energy on the gross and on the net calorific value. */
  readonly unit: string;
}

/** A fuel and its properties, through which at most one way leads from one measure to another. */
export interface FuelProperties {
  /** Unique within the set: "natural-gas". */
  readonly fuel: string;
  /** As published. */
  readonly label: string;
  /** Citation of the figures: table, row. */
  readonly source: string;
  readonly properties: readonly FuelProperty[];
}

/** A version of the properties of fuels that one publisher states together. */
export interface FuelPropertySet {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  /** DOI or URL, or a citation. */
  readonly source: string;
  readonly licence: string;
  /** At most 1,000. */
  readonly fuels: readonly FuelProperties[];
}

const property: z.ZodType<FuelProperty> = z.strictObject({
  value: decimal.refine((text) => parseDecimal(text).n > 0n, "not above 0"),
  unit,
});

/** Of a fuel by itself: refuses what is no property of fuels, and two ways from one measure to another. */
export const fuelPropertiesSchema: z.ZodType<FuelProperties> = z
  .strictObject({ fuel: slug, label: line(200), source: line(300), properties: z.array(property).min(1).max(8) })
  .superRefine(({ properties }, context) => {
    const links: FuelLink[] = [];
    for (const [at, one] of properties.entries()) {
      const link = fuelLinkOf(one);
      if (link !== undefined) links.push(link);
      else context.addIssue({ code: "custom", path: ["properties", at, "unit"], message: "not a property of fuels" });
    }
    if (!isForest(links)) {
      context.addIssue({ code: "custom", path: ["properties"], message: "two ways from one measure to another" });
    }
  });

const fuelPropertySetSchema: z.ZodType<FuelPropertySet> = z
  .strictObject({
    id: slug,
    version,
    title: line(200),
    source: line(500),
    licence: line(200),
    fuels: z.array(fuelPropertiesSchema).min(1).max(1_000),
  })
  .superRefine(({ fuels }, context) => {
    const seen = new Set<string>();
    for (const [at, { fuel: name }] of fuels.entries()) {
      if (seen.has(name)) context.addIssue({ code: "custom", path: ["fuels", at], message: `duplicate: ${name}` });
      seen.add(name);
    }
  });

/** @throws FUEL_PROPERTIES_INVALID */
export function parseFuelPropertySet(value: unknown): FuelPropertySet {
  return parseOr(fuelPropertySetSchema, value, (issues) => contractError("FUEL_PROPERTIES_INVALID", { issues }));
}
