import { admitPublicKey, decodeBase64url, encodeBase64url, type PublicKey } from "@tallystick/proto";
import { registryError } from "../errors.ts";
import type { MaintainersChange, NamedMaintainer } from "./change-kinds.ts";

/** Who must approve a change. */
export interface Maintainers {
  readonly threshold: number;
  readonly keys: ReadonlyMap<string, PublicKey>;
}

/** Maintainers with the entry of the members log that set them, and the entry of each other log from which on they approve. */
export interface MaintainerSet extends Maintainers {
  readonly entry: number;
  readonly from: MaintainersChange["from"];
}

/** Every set of maintainers that a registry had, oldest first. Immutable. */
export class MaintainerSets {
  readonly #origin: string;
  readonly #sets: readonly MaintainerSet[];

  constructor(origin: string, sets: readonly MaintainerSet[] = []) {
    this.#origin = origin;
    this.#sets = sets;
  }

  get present(): MaintainerSet {
    return this.#sets.at(-1) ?? { ...NOBODY };
  }

  with(set: MaintainerSet): MaintainerSets {
    return new MaintainerSets(this.#origin, [...this.#sets, set]);
  }

  /**
   * Who approves an entry of another log. That is decided by where the entry stands, never by the entry alone: keys of maintainers who
   * were replaced approve nothing more.
   *
   * @throws CHANGE_INVALID where the entry names another set
   */
  of(log: "contracts" | "factors", index: number, maintainersAt: number): MaintainerSet {
    const set = this.#sets.findLast(({ from }) => from[log] <= index);
    if (set === undefined || set.entry !== maintainersAt) throw noSuch(this.#origin);
    return set;
  }

  /** Who approves the next entry of the members log. @throws CHANGE_INVALID where it names another set */
  next(maintainersAt: number): MaintainerSet {
    const { present } = this;
    if (this.#sets.length === 0 || present.entry !== maintainersAt) throw noSuch(this.#origin);
    return present;
  }

  /** The key that an id named in any set. */
  keyOf(kid: string): PublicKey | undefined {
    return this.#sets.findLast(({ keys }) => keys.has(kid))?.keys.get(kid);
  }
}

const NOBODY: MaintainerSet = {
  threshold: Number.POSITIVE_INFINITY,
  keys: new Map(),
  entry: 0,
  from: { contracts: 0, factors: 0 },
};

const noSuch = (origin: string): Error => registryError("CHANGE_INVALID", { origin, reason: "no such maintainers" });

/** @throws CHANGE_INVALID where one stands twice, or the threshold cannot be met; KEY_NOT_ADMISSIBLE */
export function readMaintainers(
  { maintainers, threshold }: { readonly maintainers: readonly NamedMaintainer[]; readonly threshold: number },
  origin: string,
): Maintainers {
  const keys = new Map(maintainers.map(({ kid, key }) => [kid, admitPublicKey(decodeBase64url(key))]));
  const distinct = new Set(maintainers.map(({ key }) => key)).size;
  const invalid = (reason: string): Error => registryError("CHANGE_INVALID", { origin, reason });
  if (keys.size !== maintainers.length || distinct !== keys.size) throw invalid("a maintainer stands twice");
  if (threshold > keys.size) throw invalid("a threshold that cannot be met");
  return { threshold, keys };
}

/**
 * Of a change of maintainers: whose approvals it may bear, and what they must come to. The approvals are signatures over the log, the
 * sequence, the previous leaf and the change: so those of the new maintainers prove possession for this change alone.
 *
 * @param approvers key ids of the approvals, all of which hold
 * @throws CHANGE_INVALID, QUORUM_NOT_MET
 */
export function approversOfMaintainers(
  present: Maintainers,
  next: Maintainers,
): {
  readonly keys: ReadonlyMap<string, PublicKey>;
  missing(
    approvers: readonly string[],
  ): { readonly required: number; readonly valid: number; readonly newcomers: readonly string[] } | undefined;
} {
  const newcomers = [...next.keys.keys()].filter((kid) => !present.keys.has(kid));
  return {
    keys: new Map([...next.keys, ...present.keys]),
    missing: (approvers) => {
      const valid = new Set(
        approvers.filter((kid) => present.keys.has(kid)).map((kid) => textOf(present.keys.get(kid))),
      ).size;
      const absent = newcomers.filter((kid) => !approvers.includes(kid));
      if (valid >= present.threshold && absent.length === 0) return undefined;
      return { required: present.threshold, valid, newcomers: absent };
    },
  };
}

const textOf = (key: PublicKey | undefined): string => (key === undefined ? "" : encodeBase64url(key.bytes));
