export { type ContractErrors, contractError, type Finding } from "./errors.ts";
export { formatExact, formatScaled } from "./exact/format-rational.ts";
export { formatNanoKg, NANO_DECIMALS, parseNanoKg, toNanoKg } from "./exact/nano.ts";
export {
  abs,
  add,
  compare,
  div,
  isZero,
  mul,
  negate,
  ONE,
  parseDecimal,
  parsePactDecimal,
  type Rational,
  rational,
  reduce,
  roundHalfEven,
  sub,
  sum,
  ZERO,
} from "./exact/rational.ts";
export { type Base, type Dimension, formatDimension } from "./units/dimension.ts";
export { convert, isConvertible, type Unit, unitOf } from "./units/unit.ts";
