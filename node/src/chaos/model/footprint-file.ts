import { readFile } from "node:fs/promises";

/** A footprint as the workload states it. */
export interface StatedFootprint {
  readonly productId: string;
  /** 10⁻³ kg CO2e a piece. */
  readonly milliKg: number;
  /** Products that were bought for it, with pieces of each. */
  readonly inputs: readonly { readonly productId: string; readonly pieces: number }[];
}

export type FootprintFile = (all: readonly StatedFootprint[]) => Uint8Array;

/** Makes publication files whose footprints are those of a real one but for product and figure. */
export async function footprintFiles(): Promise<FootprintFile> {
  const file = new URL("../../../demo/footprints/casting.json", import.meta.url);
  const [{ footprint: template }] = JSON.parse(await readFile(file, "utf8"));
  return (all) =>
    new TextEncoder().encode(
      JSON.stringify(
        all.map(({ productId, milliKg, inputs }) => {
          const footprint = structuredClone(template);
          const kg = kilograms(milliKg);
          footprint.productIds = [productId];
          Object.assign(footprint.pcf, {
            pcfExcludingBiogenicUptake: kg,
            pcfIncludingBiogenicUptake: kg,
            fossilGhgEmissions: kg,
            landUseChangeGhgEmissions: "0",
            biogenicCO2Uptake: "0",
            biogenicNonCO2Emissions: "0",
          });
          const named = inputs.map((input) => ({
            productId: input.productId,
            qty: `${input.pieces}`,
            unit: "piece",
          }));
          return named.length === 0 ? { footprint } : { footprint, inputs: named };
        }),
      ),
    );
}

/** Decimal text of so many 10⁻³ kg. */
export const kilograms = (milliKg: number): string =>
  `${Math.floor(milliKg / 1_000)}.${String(milliKg % 1_000).padStart(3, "0")}`;
