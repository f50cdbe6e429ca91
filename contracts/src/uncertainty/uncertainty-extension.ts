import { z } from "zod";
import { contractError } from "../errors.ts";
import { formatScaled } from "../exact/format-rational.ts";
import { parseDecimal, roundHalfEven } from "../exact/rational.ts";
import type { DataModelExtension, ProductFootprint } from "../footprint/product-footprint.ts";
import { finding, findingsOf } from "../schema/findings.ts";
import { formatGsd2, GSD2_DECIMALS } from "./gsd2.ts";
import { isSharedSourceKey, LN_DECIMALS } from "./source.ts";

/** `dataSchema` of the extension by which a footprint says what its uncertainty comes from. */
export const UNCERTAINTY_SCHEMA = "urn:tallystick:schema:uncertainty:1.0.0";

/** The version of PACT's specification of data model extensions. */
const EXTENSION_SPEC_VERSION = "2.0.0";

/** Most sources that an extension names. */
export const MAX_DRIVERS = 64;

/** A source of a footprint's uncertainty that other footprints may share. */
export interface UncertaintyDriver {
  /** "factor:SET@VERSION#KEY" or "attestation:ORIGIN#INDEX". */
  readonly source: string;
  /** The ln GSD2 that it gives the footprint, in 10⁻⁹: its part of the footprint × its own ln GSD2. Negative where it was subtracted. */
  readonly lnGsd2E9: bigint;
}

/** The whole of a footprint, in 10⁻⁴. */
export const WHOLE_E4 = 10_000n;

const SHARE_DECIMALS = 4;

/** What a footprint's uncertainty comes from. */
export interface FootprintUncertainty {
  /** In the order of their sources, each once. */
  readonly drivers: readonly UncertaintyDriver[];
  /** ln GSD2 in 10⁻⁹ of all that is independent of the drivers. */
  readonly restLnGsd2E9: bigint;
  /** Share of the footprint for which the worst is assumed, since nothing is known of it, in 10⁻⁴: 0 to `WHOLE_E4`. */
  readonly assumedShareE4: bigint;
}

/** A decimal of at most nine places whose logarithm is that of a GSD2 below 1000. */
const lnGsd2 = z
  .string()
  .regex(/^-?[0-6]\.\d{1,9}$/, { error: "not a logarithm within ±7, of at most nine decimals", abort: true });
const dataSchema = z.strictObject({
  gsd2: z.string().regex(/^[1-9]\d{0,3}\.\d{6}$/, "not a GSD2 with six decimals"),
  drivers: z
    .array(
      z.strictObject({
        source: z.string().max(512).refine(isSharedSourceKey, "neither a factor's key nor an attestation's"),
        lnGsd2: lnGsd2.refine((text) => toE9(text) !== 0n, "0 is not a source"),
      }),
    )
    .max(MAX_DRIVERS)
    .refine(
      (drivers) => drivers.every(({ source }, at) => at === 0 || (drivers[at - 1]?.source ?? "") < source),
      "sources are not in order, each once",
    ),
  restLnGsd2: lnGsd2.refine((text) => toE9(text) >= 0n, "below 0"),
  assumedShare: z
    .string()
    .regex(/^(0\.\d{4}|1\.0000)$/, "not a share from 0 to 1 with four decimals")
    .exactOptional(),
});

/** Agreement of the stated GSD2 with its parts: the rounding of 64 drivers is far below it. */
const GSD2_TOLERANCE = 1e-5;

/** exp √(Σ drivers² + rest²), with six decimals. */
export function footprintGsd2({
  drivers,
  restLnGsd2E9,
}: Pick<FootprintUncertainty, "drivers" | "restLnGsd2E9">): string {
  const squares = drivers.reduce((sum, { lnGsd2E9 }) => sum + lnGsd2E9 * lnGsd2E9, restLnGsd2E9 * restLnGsd2E9);
  return formatGsd2(Math.exp(Math.sqrt(Number(squares)) / 10 ** LN_DECIMALS));
}

/** The extension as it stands in a footprint. */
export function formatUncertainty(uncertainty: FootprintUncertainty): DataModelExtension {
  const { drivers, restLnGsd2E9, assumedShareE4 } = uncertainty;
  return {
    specVersion: EXTENSION_SPEC_VERSION,
    dataSchema: UNCERTAINTY_SCHEMA,
    data: {
      gsd2: footprintGsd2(uncertainty),
      drivers: drivers.map(({ source, lnGsd2E9 }) => ({ source, lnGsd2: formatScaled(lnGsd2E9, LN_DECIMALS) })),
      restLnGsd2: formatScaled(restLnGsd2E9, LN_DECIMALS),
      ...(assumedShareE4 === 0n ? {} : { assumedShare: formatScaled(assumedShareE4, SHARE_DECIMALS) }),
    },
  };
}

/**
 * What a footprint says of its uncertainty; undefined where it has no such extension. Certainty (a GSD2 of 1) is not believed.
 * @throws UNCERTAINTY_EXTENSION_INVALID
 */
export function parseUncertainty(footprint: Pick<ProductFootprint, "extensions">): FootprintUncertainty | undefined {
  const [extension, ...others] = (footprint.extensions ?? []).filter((each) => each.dataSchema === UNCERTAINTY_SCHEMA);
  if (extension === undefined) return undefined;
  if (others.length > 0) throw refused("dataSchema", "uncertainty is stated more than once");
  const parsed = dataSchemaParse(extension.data);
  const uncertainty: FootprintUncertainty = {
    drivers: parsed.drivers.map((driver) => ({ source: driver.source, lnGsd2E9: toE9(driver.lnGsd2) })),
    restLnGsd2E9: toE9(parsed.restLnGsd2),
    assumedShareE4: roundHalfEven(parseDecimal(parsed.assumedShare ?? "0"), SHARE_DECIMALS),
  };
  const gsd2 = Number(footprintGsd2(uncertainty));
  if (gsd2 <= 1) throw refused("gsd2", "nothing is certain: GSD2 is above 1");
  if (Math.abs(Number(parsed.gsd2) / gsd2 - 1) > GSD2_TOLERANCE) {
    throw refused("gsd2", `${parsed.gsd2} is stated, its parts come to ${gsd2.toFixed(GSD2_DECIMALS)}`);
  }
  return uncertainty;
}

function dataSchemaParse(data: unknown): z.infer<typeof dataSchema> {
  const parsed = dataSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw contractError("UNCERTAINTY_EXTENSION_INVALID", { issues: findingsOf(parsed.error) });
}

function toE9(text: string): bigint {
  return roundHalfEven(parseDecimal(text), LN_DECIMALS);
}

const refused = (path: string, message: string) =>
  contractError("UNCERTAINTY_EXTENSION_INVALID", { issues: [finding(path, "uncertainty", message)] });
