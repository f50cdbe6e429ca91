/** Carbon dioxide of biomass: reported apart from every total, so that no GWP set has a value for it. */
export const BIOGENIC_CO2 = "co2-biogenic";

/** True for a gas that is reported apart from every total. Methane of biomass is not: it counts. */
export function isBiogenicCo2(gas: string): boolean {
  return gas === BIOGENIC_CO2;
}

/**
 * True for the gases of the Kyoto basket, which the GHG Protocol's inventories total: CO2, CH4, N2O, HFCs, PFCs, SF6 and
 * NF3. All others (CFCs, HCFCs, halons, ethers) may be reported apart.
 */
export function isKyotoGas(gas: string): boolean {
  return /^(co2|ch4(-fossil|-biogenic)?|n2o|sf6|nf3|hfc-[0-9a-z-]+|hfc-pfc-unspecified|c-c\df\d|c\d*f\d+)$/.test(gas);
}
