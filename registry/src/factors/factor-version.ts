import type { FactorRow, FactorSet } from "@tallystick/contracts";

/** A factor as one version of a set has it. */
export interface FactorVersion {
  readonly row: FactorRow;
  readonly set: FactorSet;
}

/** "epa-supply-chain@1.3.0". */
export function setName({ id, version }: Pick<FactorSet, "id" | "version">): string {
  return `${id}@${version}`;
}
