import {
  abs,
  compare,
  type FactorGas,
  formatExact,
  GWP100,
  type GwpSet,
  gasesOfBlend,
  isBlend,
  isKyotoGas,
  ONE,
  parseDecimal,
  rational,
  sub,
  toCo2e,
} from "@tallystick/contracts";
import { gasIdOf } from "./gas-names.ts";

/** Which of the gases in a kilogram a figure counts. */
export type UkGasBasket = "kyoto" | "non-kyoto" | "total";

/** The publisher's names of gases that are no designations. */
const NAMES: Readonly<Record<string, string>> = {
  "Carbon tetrachloride": "ccl4",
  "Methyl bromide": "ch3br",
  "Methyl chloride": "ch3cl",
  "Methyl chloroform": "ch3ccl3",
  "Methylene chloride": "ch2cl2",
  Perfluorocyclopropane: "c-c3f6",
  "Sulphur hexafluoride": "sf6",
  "Trifluoromethyl sulphur pentafluoride": "sf5cf3",
};

/** What a kilogram of a gas or blend consists of. */
export interface UkRelease {
  readonly gases: readonly FactorGas[];
  /** Whether the gases come to the published figure under the GWP set, to the rounding of its last digit. */
  readonly isBorneOut: boolean;
}

/**
 * The gases in a kilogram released of what the publisher calls a gas or a blend, as far as the figure counts them. Undefined for a name that
 * is not known here, and for gases that the GWP set has no value for.
 */
export function ukReleaseOf(name: string, basket: UkGasBasket, value: string, gwpSet: GwpSet): UkRelease | undefined {
  const amounts = amountsOf(name)?.filter(({ gas }) => basket === "total" || isKyotoGas(gas) === (basket === "kyoto"));
  if (amounts === undefined || amounts.length === 0) return undefined;
  if (amounts.some(({ gas }) => GWP100[gas]?.[gwpSet] === undefined)) return undefined;
  const gap = abs(sub(toCo2e(amounts, gwpSet), parseDecimal(value)));
  const halfDigit = rational(1n, 2n * 10n ** BigInt(value.split(".")[1]?.length ?? 0));
  return {
    gases: amounts.map(({ gas, kg }) => ({ gas, basis: "gas", value: formatExact(kg) })),
    isBorneOut: compare(gap, halfDigit) <= 0,
  };
}

function amountsOf(name: string): ReturnType<typeof gasesOfBlend> | undefined {
  // "CFC-11/R11 = trichlorofluoromethane", "HFE-569sf2 (HFE-7200)", "Perfluoromethane (PFC-14)", "R1234yf*"
  const [first = "", second = ""] = name.split(/[/=(*]/).map((part) => part.replace(")", "").trim());
  if (isBlend(first)) return gasesOfBlend(first, ONE);
  const gas = gasOf(first) ?? gasOf(second);
  return gas === undefined ? undefined : [{ gas, basis: "gas", kg: ONE }];
}

function gasOf(designation: string): string | undefined {
  if (Object.hasOwn(NAMES, designation)) return NAMES[designation];
  // "PFC-3-1-10" is PFC-31-10; "HFC-43-I0mee" has a capital I for a 1.
  const plain = designation.replace(/^PFC-(\d)-(\d)-/, "PFC-$1$2-").replace("-I0mee", "-10mee");
  const folded = plain.toLowerCase();
  return gasIdOf(plain) ?? (Object.hasOwn(GWP100, folded) ? folded : undefined);
}
