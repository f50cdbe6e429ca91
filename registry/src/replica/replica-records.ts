import { decodeBase64, encodeBase64, type Frontier, parseFrontier, utf8Encode } from "@tallystick/proto";
import { z } from "zod";
import type { RegistryLog } from "../core/registry-state.ts";
import { registryError } from "../errors.ts";

// Where a replica lies in the store: the leaves of each log, what was verified of it, and the rows of sets by their root.

const INDEX_DIGITS = 12;
const pad = (index: number): string => String(index).padStart(INDEX_DIGITS, "0");

export const replicaKeys = {
  leaf: (log: RegistryLog, index: number): string => `replica/${log}/leaf/${pad(index)}`,
  leaves: (log: RegistryLog): string => `replica/${log}/leaf/`,
  state: (log: RegistryLog): string => `replica/${log}/state`,
  /** What was held of a log whose copy had to be fetched again: the new copy must lead through it. */
  floor: (log: RegistryLog): string => `replica/${log}/floor`,
  final: (log: RegistryLog, size: number): string => `replica/${log}/final/${pad(size)}`,
  finals: (log: RegistryLog): string => `replica/${log}/final/`,
  row: (rootHex: string, index: number): string => `replica/rows/${rootHex}/${pad(index)}`,
  rows: (rootHex: string): string => `replica/rows/${rootHex}/`,
} as const;

/** What is known of one log, with the note that showed it. */
export interface ReplicaLogRecord {
  readonly frontier: Frontier;
  readonly note: string;
  /** When the note was received, Unix seconds. */
  readonly receivedAtUnix: number;
}

const recordSchema = z.strictObject({
  v: z.literal(1),
  size: z.int().min(0),
  hashes: z.array(z.string()).max(53),
  note: z.string().max(65_536),
  receivedAtUnix: z.int().min(0),
});

export function formatReplicaRecord({ frontier, note, receivedAtUnix }: ReplicaLogRecord): Uint8Array {
  const hashes = frontier.hashes.map(encodeBase64);
  return utf8Encode(JSON.stringify({ v: 1, size: frontier.size, hashes, note, receivedAtUnix }));
}

/** @throws STORE_CORRUPT */
export function parseReplicaRecord(key: string, bytes: Uint8Array): ReplicaLogRecord {
  try {
    const { size, hashes, note, receivedAtUnix } = recordSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return { frontier: parseFrontier(size, hashes.map(decodeBase64)), note, receivedAtUnix };
  } catch (cause) {
    throw registryError("STORE_CORRUPT", { reason: `${key}: not a replica's record` }, { cause });
  }
}

/** A checkpoint of a log that a quorum cosigned, kept as the time of the entries below it. */
export interface ReplicaFinalRecord {
  readonly size: number;
  /** Unix seconds. */
  readonly logTimeUnix: number;
  readonly note: string;
}

const finalSchema = z.strictObject({
  v: z.literal(1),
  size: z.int().min(0),
  logTimeUnix: z.int().min(0),
  note: z.string().max(65_536),
});

export function formatReplicaFinal(record: ReplicaFinalRecord): Uint8Array {
  return utf8Encode(JSON.stringify({ v: 1, ...record }));
}

/** @throws STORE_CORRUPT */
export function parseReplicaFinal(key: string, bytes: Uint8Array): ReplicaFinalRecord {
  try {
    const { v: _v, ...record } = finalSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return record;
  } catch (cause) {
    throw registryError("STORE_CORRUPT", { reason: `${key}: not a replica's record` }, { cause });
  }
}
