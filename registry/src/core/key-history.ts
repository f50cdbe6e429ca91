import type { Compromise, KeyEvent } from "@tallystick/contracts";
import type { PublicKey, VerifierKey } from "@tallystick/proto";

/** The keys that a member has from one of its key events until the next. Entries are indices in the members log. */
export interface KeyPeriod {
  /** The entry that began it. */
  readonly fromEntry: number;
  /** The entry that ended it; absent while it lasts. */
  readonly untilEntry?: number;
  /** Origin of the member's feed, and the key of that feed's checkpoints. */
  readonly origin: string;
  readonly checkpointKey: VerifierKey;
  readonly attestKeys: ReadonlyMap<string, PublicKey>;
  /** Each leaf under a checkpoint of this period binds the member as issuer. */
  readonly attestsByLog: boolean;
}

/** An attesting key that a member has or had, and what became of it. */
export interface AttestKeyRecord {
  readonly key: PublicKey;
  readonly fromEntry: number;
  readonly untilEntry?: number;
  /** Unix seconds from which its signatures are disputed; absent where no key event says so. */
  readonly compromisedSince?: number;
}

/** What a key event said of keys of before, and which entry of the members log it stands in. */
export interface KnownCompromise extends Compromise {
  readonly entry: number;
}

/** All key periods of one member, oldest first. Immutable. */
export class KeyHistory {
  readonly did: string;
  readonly periods: readonly KeyPeriod[];
  readonly compromises: readonly KnownCompromise[];

  constructor(did: string, periods: readonly KeyPeriod[] = [], compromises: readonly KnownCompromise[] = []) {
    this.did = did;
    this.periods = periods;
    this.compromises = compromises;
  }

  /** With the period that a further event begins. */
  with(period: KeyPeriod, event: KeyEvent): KeyHistory {
    const ended = this.periods.map((one) =>
      one.untilEntry === undefined ? { ...one, untilEntry: period.fromEntry } : one,
    );
    const { compromise } = event;
    const said = compromise === undefined ? [] : [{ ...compromise, entry: period.fromEntry }];
    return new KeyHistory(this.did, [...ended, period], [...this.compromises, ...said]);
  }

  /** The attesting key of that id: an id never names two. */
  attestKey(kid: string): AttestKeyRecord | undefined {
    for (const { attestKeys, fromEntry, untilEntry } of this.periods) {
      const key = attestKeys.get(kid);
      if (key === undefined) continue;
      const since = this.#compromisedSince(kid);
      return {
        key,
        fromEntry,
        ...(untilEntry === undefined ? {} : { untilEntry }),
        ...(since === undefined ? {} : { compromisedSince: since }),
      };
    }
    return undefined;
  }

  /** The period of which the members log of `treeSize` entries has the keys. */
  at(treeSize: number): KeyPeriod | undefined {
    return this.periods.findLast(({ fromEntry }) => fromEntry < treeSize);
  }

  /** The earliest that any event says: a later one takes nothing back. */
  #compromisedSince(kid: string): number | undefined {
    const said = this.compromises.filter(({ kids }) => kids.includes(kid)).map(({ since }) => since);
    return said.length === 0 ? undefined : Math.min(...said);
  }
}
