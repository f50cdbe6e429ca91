/** A key that may have signed tokens of a batch. */
export interface BatchKey {
  readonly kid: string;
  /** 32 bytes, admitted (KEY-1). */
  readonly key: Uint8Array;
}

/** Tokens for a worker to check. */
export interface CheckRequest {
  readonly id: number;
  /** Everything but the signatures. */
  readonly covered: boolean;
  readonly keys: readonly BatchKey[];
  /** `packTokens`; handed over. */
  readonly tokens: Uint8Array<ArrayBuffer>;
}

/** A token that was refused: its place in the batch, and the typed error's facts. */
export interface Refusal {
  readonly at: number;
  readonly code: string;
  readonly details: object;
}

/** Every token of the batch that is not named was accepted. */
export interface CheckReply {
  readonly id: number;
  readonly count: number;
  readonly refused: readonly Refusal[];
}
