import { formatExact } from "../exact/format-rational.ts";
import type { Rational } from "../exact/rational.ts";
import { convertByFuel, type FuelAmount } from "../fuels/convert-through-fuel.ts";
import type { FuelProperties } from "../fuels/fuel-property-set.ts";
import type { Unit } from "../units/multiply-units.ts";
import { convertUnits } from "../units/unit.ts";
import { step } from "./step.ts";

/**
 * An amount in another unit: of the same dimension by the units alone, of another measure of a fuel by what that fuel is stated to
 * measure, and by nothing else.
 *
 * @throws UNIT_INCOMPATIBLE where no fuel is stated, FUEL_PROPERTY_MISSING where its properties do not lead there
 */
export function restate(value: Rational, from: Unit, to: Unit, fuel: FuelProperties | undefined): FuelAmount {
  if (fuel !== undefined && from.measures !== to.measures) return convertByFuel(value, from, to, fuel);
  const converted = convertUnits(value, from, to);
  return {
    value: converted,
    get steps() {
      return from.code === to.code
        ? []
        : [step(`${formatExact(value)} ${from.code} in ${to.code}`, converted, to.code)];
    },
  };
}
