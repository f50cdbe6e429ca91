import { z } from "zod";
import { registryError } from "../errors.ts";

/** What a backup is of. A witness has none: one that forgot what it cosigned must not cosign again. */
export type BackupKind = "node" | "registry";

/** The first part of an archive. */
export interface BackupHeader {
  readonly format: "tallystick-backup";
  readonly v: 1;
  readonly kind: BackupKind;
  /** A member's DID, or the registry's name. */
  readonly of: string;
  /** RFC 3339. */
  readonly madeAt: string;
  readonly software: string;
}

/** The last part: what all the others must add up to. */
export interface BackupManifest {
  readonly v: 1;
  readonly records: number;
  readonly recordBytes: number;
  readonly files: readonly string[];
  /** The own logs as they were. `root` is base64. */
  readonly logs: readonly { readonly origin: string; readonly size: number; readonly root: string }[];
  /** SHA-256 over every frame before this one, hex. */
  readonly sha256: string;
}

/** Names within a home, of at most three parts: nothing above it, nothing hidden. */
const fileName: z.ZodType<string> = z
  .string()
  .regex(/^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/){0,2}[A-Za-z0-9_-][A-Za-z0-9._-]*$/);

const headerSchema: z.ZodType<BackupHeader> = z.strictObject({
  format: z.literal("tallystick-backup"),
  v: z.literal(1),
  kind: z.enum(["node", "registry"]),
  of: z.string().min(1).max(256),
  madeAt: z.iso.datetime(),
  software: z.string().max(100),
});
const manifestSchema: z.ZodType<BackupManifest> = z.strictObject({
  v: z.literal(1),
  records: z.int().min(0),
  recordBytes: z.int().min(0),
  files: z.array(fileName).max(10_000),
  logs: z.array(z.strictObject({ origin: z.string(), size: z.int().min(0), root: z.string() })).max(16),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const fileSchema = z.strictObject({ path: fileName, mode: z.int().min(0).max(0o777), content: z.base64() });

/** A file of the home. */
export interface BackedUpFile {
  readonly path: string;
  readonly mode: number;
  /** base64. */
  readonly content: string;
}

function read<T>(what: string, schema: z.ZodType<T>, payload: Uint8Array): T {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(payload)));
  } catch (cause) {
    throw registryError("BACKUP_INVALID", { reason: `its ${what} is none that this release knows` }, { cause });
  }
}

/** @throws BACKUP_INVALID */
export const parseHeader = (payload: Uint8Array): BackupHeader => read("header", headerSchema, payload);
/** @throws BACKUP_INVALID */
export const parseManifest = (payload: Uint8Array): BackupManifest => read("manifest", manifestSchema, payload);
/** @throws BACKUP_INVALID */
export const parseFile = (payload: Uint8Array): BackedUpFile => read("file", fileSchema, payload);
