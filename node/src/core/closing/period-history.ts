import { canonicalJson, type JsonObject } from "@tallystick/proto";
import { z } from "zod";
import { closingError } from "./closing-errors.ts";
import { type PeriodStatement, periodStatementSchema, type SignedStatement } from "./period-statement.ts";

/** A statement with the signatures it has: compact JWSs over the same payload, each by another person. */
export interface StatementRecord {
  readonly statement: PeriodStatement;
  readonly signatures: readonly { readonly kid: string; readonly jws: string }[];
  /** The member's own signature, once the statement is complete (see `vouchFor`). */
  readonly vouch?: string;
}

/** All that was signed about one period, in order; the last may still lack signatures. As stored. */
export interface PeriodRecord {
  readonly v: 1;
  readonly done: readonly StatementRecord[];
  readonly pending?: StatementRecord;
}

const statementRecord = z.strictObject({
  statement: periodStatementSchema,
  signatures: z.array(z.strictObject({ kid: z.string(), jws: z.string() })).max(32),
  vouch: z.string().exactOptional(),
});
export const periodRecordSchema: z.ZodType<PeriodRecord> = z.strictObject({
  v: z.literal(1),
  done: z.array(statementRecord),
  pending: statementRecord.exactOptional(),
});

export const NEW_PERIOD: PeriodRecord = { v: 1, done: [] };

/**
 * - `open`: nothing closes it, or what did was taken back.
 * - `closed`: the last complete statement closes it.
 *
 * Either may have a statement that waits for signatures.
 */
export type PeriodState = "open" | "closed";

export function stateOf({ done }: PeriodRecord): PeriodState {
  return done.at(-1)?.statement.action === "close" ? "closed" : "open";
}

/** The digest of the latest report that was signed, whether or not it still closes the period. */
export function latestReport({ done }: PeriodRecord): string | undefined {
  return done.findLast(({ statement }) => statement.action === "close")?.statement.report;
}

/** The number that the next report of the period has. */
export function nextNumber({ done }: PeriodRecord): number {
  return done.filter(({ statement }) => statement.action === "close").length;
}

/**
 * Puts a statement forward. One that waits is dropped with its signatures only where that is meant.
 * @throws STATEMENT_WAITING
 */
export function propose(record: PeriodRecord, statement: PeriodStatement, renew: boolean): PeriodRecord {
  const { pending } = record;
  if (pending !== undefined && !renew) {
    const { period, action, report } = pending.statement;
    const signers = pending.signatures.map(({ kid }) => kid);
    throw closingError("STATEMENT_WAITING", { period, action, report, signers });
  }
  return { v: 1, done: record.done, pending: { statement, signatures: [] } };
}

/**
 * Adds a signature to the statement that waits; with the last one that was needed it is done, and the member vouches for it.
 * @throws PERIOD_STATE where none waits, STATEMENT_DIFFERS, PERSON_SIGNED_ALREADY
 */
export async function addSignature(
  record: PeriodRecord,
  { statement, kid }: SignedStatement,
  jws: string,
  { needed, vouch }: { readonly needed: number; readonly vouch: (done: StatementRecord) => Promise<string> },
): Promise<PeriodRecord> {
  const { done, pending } = record;
  const { period, action } = statement;
  if (pending === undefined) throw closingError("PERIOD_STATE", { period, state: stateOf(record), action });
  if (textOf(pending.statement) !== textOf(statement)) {
    throw closingError("STATEMENT_DIFFERS", { period, reason: "another statement waits for signatures" });
  }
  if (pending.signatures.some((signature) => signature.kid === kid))
    throw closingError("PERSON_SIGNED_ALREADY", { kid });
  const signed = { statement: pending.statement, signatures: [...pending.signatures, { kid, jws }] };
  if (signed.signatures.length < needed) return { v: 1, done, pending: signed };
  return { v: 1, done: [...done, { ...signed, vouch: await vouch(signed) }] };
}

const textOf = (statement: PeriodStatement): string => canonicalJson(statement as unknown as JsonObject);
