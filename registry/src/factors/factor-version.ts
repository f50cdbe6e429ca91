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

/** The form of a set's name: no other text, and no path, is taken for one. */
export const SET_NAME: RegExp = /^([a-z0-9]+(?:-[a-z0-9]+)*)@(\d{1,5}(?:\.\d{1,5}){1,2}(?:-[0-9A-Za-z.-]{1,20})?)$/;

/** Undefined for what is no "id@version". */
export function parseSetName(name: string): Pick<FactorSet, "id" | "version"> | undefined {
  const [, id, version] = SET_NAME.exec(name) ?? [];
  return id === undefined || version === undefined ? undefined : { id, version };
}
