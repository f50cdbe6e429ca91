export {
  AGREEMENT_TYP,
  type AgreementAcceptance,
  type AgreementOffer,
  parseAgreementAcceptance,
  parseAgreementOffer,
} from "./agreement/agreement.ts";
export {
  ATTESTATION_TYP,
  type AttestationPayload,
  type DetailLine,
  detailLineSchema,
  type HiddenPart,
  type InputPin,
  MAX_ATTESTATION_PARTS,
  parseAttestationPayload,
} from "./attestation/attestation-payload.ts";
export { type AttestationContent, type BuiltAttestation, buildAttestation } from "./attestation/build-attestation.ts";
export { type CheckedAttestation, checkAttestation } from "./attestation/check-attestation.ts";
export { readAgain, requireAttestation } from "./attestation/require-attestation.ts";
export { parseRevocation, REVOCATION_REASONS, REVOCATION_TYP, type Revocation } from "./attestation/revocation.ts";
export { type ActivityAmount, activityAmount, methodOf, shareOf } from "./calculation/activity-amount.ts";
export { allocate } from "./calculation/allocate.ts";
export {
  calculateHybrid,
  componentLine,
  type HybridCalculation,
  requireWholeSplits,
  sumOf,
} from "./calculation/calculate-hybrid.ts";
export { calculateLine } from "./calculation/calculate-line.ts";
export type { Calculation, GasFigure } from "./calculation/calculation.ts";
export {
  type CalculationFile,
  type CalculationRequest,
  type CalculationTerm,
  type GivenFactor,
  parseCalculation,
  parseCalculationFile,
} from "./calculation/calculation-document.ts";
export type { CalculationRefusal, CalculationResult } from "./calculation/calculation-result.ts";
export type {
  AverageEvidence,
  EntryRef,
  Evidence,
  SpendEvidence,
  SupplierEvidence,
} from "./calculation/evidence.ts";
export {
  activityOf,
  calculateReported,
  isReported,
  measuresAlike,
  takesMoney,
} from "./calculation/factor-calculation.ts";
export { type FactorValue, factorValue, type GasValue, type GwpChoice } from "./calculation/factor-value.ts";
export { requireNoInputs } from "./calculation/line-quantity.ts";
export type { Method, MethodInput } from "./calculation/method.ts";
export { METHODS } from "./calculation/method-table.ts";
export { calculate, runCalculation, runCalculationFile } from "./calculation/run-calculation.ts";
export { type Step, step } from "./calculation/step.ts";
export { calculateSupplierSpecific } from "./calculation/supplier-calculation.ts";
export { canRead } from "./contract/can-read.ts";
export {
  type ContractDocument,
  type ContractRule,
  contractBytes,
  contractUrn,
  digestOf,
  MAX_CONTRACT_BYTES,
  parseContract,
} from "./contract/contract-document.ts";
export {
  PRODUCT_FOOTPRINT_CONTRACT,
  PRODUCT_FOOTPRINT_CONTRACT_URN,
  PRODUCT_FOOTPRINT_CONTRACT_URNS,
} from "./contract/product-footprint-contract.ts";
export { type ContractErrors, contractError, type Finding } from "./errors.ts";
export { formatExact, formatScaled } from "./exact/format-rational.ts";
export { formatNanoKg, NANO_DECIMALS, parseNanoKg, toNanoKg } from "./exact/nano.ts";
export {
  abs,
  add,
  addAligned,
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
export {
  type BoundRow,
  type ByGasRow,
  CHANGE_REASONS,
  type ChangeReason,
  type DataPeriod,
  FACTOR_KEY,
  FACTOR_NUMERATORS,
  type FactorChange,
  type FactorGas,
  type FactorGeography,
  type FactorNumerator,
  type FactorQuality,
  type FactorRow,
  factorRowBytes,
  isMoneyDenominator,
  type NotAvailableRow,
  parseFactorRow,
  USD_DENOMINATOR,
  type ValueRow,
  type WithdrawnRow,
} from "./factors/factor-row.ts";
export {
  checkFactorRows,
  type FactorSet,
  type FactorSetFile,
  MAX_FACTOR_ROWS,
  type PriceBasis,
  parseFactorSet,
  rowsRoot,
  sortRows,
  verifyFactorRow,
} from "./factors/factor-set.ts";
export { type CheckedFootprint, checkFootprint, FOOTPRINT_LIMITS } from "./footprint/check-footprint.ts";
export { FOOTPRINT_RULES, type FootprintRule } from "./footprint/footprint-rules.ts";
export { PRODUCT_FOOTPRINT_JSON_SCHEMA } from "./footprint/footprint-schema.ts";
export {
  type CarbonFootprint,
  type DataModelExtension,
  type DataQualityIndicators,
  DECLARED_UNITS,
  type DeclaredUnit,
  type EmissionFactorSource,
  type ProductFootprint,
  type ProductOrSectorSpecificRule,
  REGIONS,
  type Verification,
} from "./footprint/product-footprint.ts";
export { type Validity, validityOf } from "./footprint/validity.ts";
export {
  convertThroughFuel,
  type FuelAmount,
  measuresThrough,
  type NamedFuel,
} from "./fuels/convert-through-fuel.ts";
export {
  type FuelProperties,
  type FuelProperty,
  type FuelPropertySet,
  parseFuelPropertySet,
} from "./fuels/fuel-property-set.ts";
export { BLENDS, type Blend } from "./gases/blend-table.ts";
export { gasesOfBlend, isBlend } from "./gases/blends.ts";
export { biogenicCo2, type GasAmount, gwpOf, toCo2e } from "./gases/gwp.ts";
export { GWP_SETS, GWP100, type GwpRow, type GwpSet } from "./gases/gwp-table.ts";
export { BIOGENIC_CO2, isBiogenicCo2, isKyotoGas } from "./gases/reported-apart.ts";
export {
  type ActivityData,
  type LedgerComponent,
  type LedgerLine,
  type LinePeriod,
  ledgerLineSchema,
  parseLedgerLine,
  type Quantity,
  type Share,
} from "./ledger/ledger-line.ts";
export {
  type Compromise,
  commitRawKey,
  type Identifier,
  KEY_EVENT_TYP,
  type KeyEvent,
  keysOf,
  type NamedKey,
  parseKeyEvent,
  SINGLE_KEY_USES,
  type SingleKeyUse,
  singleUseOf,
} from "./member/key-event.ts";
export { type NextKeys, planCompromise, planRotation, planSuccession } from "./member/plan-key-event.ts";
export {
  aggregatePact2,
  aggregatePact3,
  PACT2_RATINGS,
  PACT3_RATINGS,
  type Pact2Quality,
  type Pact3Quality,
  parsePact2Quality,
  parsePact3Quality,
  type RatedInput,
} from "./quality/pact-quality.ts";
export {
  PCAF_SCORES,
  type PcafScore,
  type PortfolioScores,
  portfolioScores,
  type ScopedExposure,
  type ScoredExposure,
  weightedScore,
} from "./quality/pcaf.ts";
export { EPA_TO_PEDIGREE, PACT3_TO_PEDIGREE, toPedigree } from "./quality/pedigree-mapping.ts";
export {
  type EmissionsPart,
  type PrimaryShare,
  primaryDataShare,
  primaryDataShareByTonneKm,
  type TransportPart,
} from "./quality/primary-data-share.ts";
export {
  aggregateQuality,
  formatQualityEntry,
  meanQuality,
  parseQualityEntry,
  type QualityContribution,
  type QualityEntry,
} from "./quality/quality-entry.ts";
export { type CurrencyRate, type PriceIndex, parseRateSet, type RateSet } from "./rates/rate-set.ts";
export { type BasisAmount, convertMoney, type MoneyBasis, moneyUnit, toBasis } from "./rates/to-basis.ts";
export { addYears, formatInstant, isDate, parseInstant } from "./schema/instant.ts";
export { BASIC_GSD2, type BasicKind, basicGsd2Of, basicKindOf, UNKNOWN_BASIC_GSD2 } from "./uncertainty/basic-gsd2.ts";
export {
  combine,
  INTERVAL_DIGITS,
  MAX_RELATIVE_GSD2,
  type SourceShare,
  type Spread,
  UncertaintyAccumulator,
} from "./uncertainty/combine.ts";
export { expandDrivers } from "./uncertainty/expand-drivers.ts";
export {
  factorSources,
  type KnownSources,
  sourcesOf,
  type UncertaintyBasis,
  unstatedSources,
} from "./uncertainty/footprint-sources.ts";
export {
  GHG_PROTOCOL_GSD2,
  GHG_PROTOCOL_INDICATORS,
  type GhgProtocolIndicator,
  type GhgProtocolScores,
  ghgProtocolGsd2,
} from "./uncertainty/ghg-protocol.ts";
export {
  checkGsd2,
  combineLognormalProduct,
  combineLognormalSum,
  formatGsd2,
  GSD2_DECIMALS,
  gsd2OfGsd,
  gsdOfGsd2,
  interval95,
  type LognormalAddend,
  meanOfMedian,
  sigmaOf,
} from "./uncertainty/gsd2.ts";
export {
  PEDIGREE_INDICATORS,
  PEDIGREE_SCHEMES,
  type PedigreeIndicator,
  type PedigreeSchemeName,
  type PedigreeScores,
  pedigreeGsd2,
  WORST_PEDIGREE,
} from "./uncertainty/pedigree.ts";
export { combinePercentProduct, combinePercentSum, type PercentAddend } from "./uncertainty/percent.ts";
export { qualityGsd2 } from "./uncertainty/quality-gsd2.ts";
export {
  activitySourceKey,
  attestationSourceKey,
  factorSourceKey,
  isSharedSourceKey,
  LN_DECIMALS,
  lnGsd2E9,
  type UncertainAmount,
  type UncertaintySource,
} from "./uncertainty/source.ts";
export {
  type FootprintUncertainty,
  footprintGsd2,
  formatUncertainty,
  MAX_DRIVERS,
  parseUncertainty,
  UNCERTAINTY_SCHEMA,
  type UncertaintyDriver,
  WHOLE_E4,
} from "./uncertainty/uncertainty-extension.ts";
export type { CalorificBasis } from "./units/calorific-unit.ts";
export {
  type Base,
  type Dimension,
  divideDimensions,
  formatDimension,
  multiplyDimensions,
} from "./units/dimension.ts";
export { multiplyUnits, type SimpleUnit, type Unit, type UnitPower, type UnitTerm } from "./units/multiply-units.ts";
export { convert, convertUnits, isConvertible, unitOf } from "./units/unit.ts";
