import { createHash } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { isTallyError } from "@tallystick/proto";
import { registryError } from "../errors.ts";
import { readFrames } from "./archive-frames.ts";
import { type StoreRecord, unpackRecords } from "./archive-records.ts";
import {
  type BackedUpFile,
  type BackupHeader,
  type BackupManifest,
  parseFile,
  parseHeader,
  parseManifest,
} from "./backup-documents.ts";

/** Takes the parts of an archive as they come: nothing is known of them yet but their form. */
export interface BackupReceiver {
  header?(header: BackupHeader): Promise<void> | void;
  file?(file: BackedUpFile): Promise<void> | void;
  records?(records: readonly StoreRecord[]): Promise<void> | void;
}

export interface ReadBackup {
  readonly header: BackupHeader;
  readonly manifest: BackupManifest;
}

const invalid = (reason: string, cause?: unknown): Error => registryError("BACKUP_INVALID", { reason }, { cause });

/**
 * Reads an archive to its end. What was received counts only once this has resolved: then its manifest's digest, counts and
 * names are right.
 *
 * @throws BACKUP_INVALID, and what the receiver throws
 */
export async function readBackup(source: AsyncIterable<Uint8Array>, receiver: BackupReceiver): Promise<ReadBackup> {
  const digest = createHash("sha256");
  const files: string[] = [];
  let header: BackupHeader | undefined;
  let manifest: BackupManifest | undefined;
  let [records, recordBytes] = [0, 0];
  for await (const { type, payload, bytes } of readFrames(gunzip(source))) {
    if (manifest !== undefined) throw invalid("it goes on after its manifest");
    if ((header === undefined) !== (type === "header")) throw invalid("it does not begin with its header");
    if (type === "manifest") {
      manifest = parseManifest(payload);
      continue;
    }
    digest.update(bytes);
    if (type === "header") {
      header = parseHeader(payload);
      await receiver.header?.(header);
    } else if (type === "file") {
      const file = parseFile(payload);
      files.push(file.path);
      await receiver.file?.(file);
    } else {
      const batch = unpackRecords(payload);
      records += batch.length;
      for (const [key, value] of batch) recordBytes += key.length + value.length;
      await receiver.records?.(batch);
    }
  }
  if (header === undefined || manifest === undefined) throw invalid("it ends in the middle");
  if (manifest.sha256 !== digest.digest("hex")) throw invalid("its digest is another");
  if (manifest.records !== records || manifest.recordBytes !== recordBytes || files.join() !== manifest.files.join()) {
    throw invalid("it does not hold what its manifest says");
  }
  return { header, manifest };
}

async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const plain = new PassThrough();
  // Whoever reads `plain` hears of a failure.
  const done = pipeline(Readable.from(source), createGunzip(), plain).catch((error) => plain.destroy(error));
  try {
    for await (const chunk of plain) yield chunk;
  } catch (error) {
    if (isTallyError(error) || isOfTheSystem(error)) throw error;
    throw invalid("it is no gzip file, or a damaged one", error);
  }
  await done;
}

/** True for a failure to read, which says nothing of what was to be read. */
const isOfTheSystem = (error: unknown): boolean => (error as { syscall?: string }).syscall !== undefined;
