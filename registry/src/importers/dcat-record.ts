import type { Readable } from "node:stream";
import { z } from "zod";
import { registryError } from "../errors.ts";
import { readWholeFile, sha256Hex } from "./table-file.ts";

/** What a data.gov catalogue record (DCAT-US 1.1, JSON) says of a dataset. */
export interface DcatRecord {
  readonly sha256: string;
  readonly title: string;
  readonly publisher: string;
  /** URL of the licence. */
  readonly licence?: string;
  /** Last change of the dataset, YYYY-MM-DD. */
  readonly modified: string;
  /** DOI without resolver, where the record's identifier is one. */
  readonly doi?: string;
}

const MAX_BYTES = 1024 * 1024;

const schema = z.object({
  title: z.string().min(1).max(200),
  publisher: z.object({ name: z.string().min(1).max(200) }),
  license: z.url().max(200).nullish(),
  modified: z.iso.date(),
  identifier: z.string().max(200).nullish(),
});

/** @throws FACTOR_FILE_INVALID */
export async function readDcatRecord(name: string, file: Readable): Promise<DcatRecord> {
  const bytes = await readWholeFile(name, file, MAX_BYTES);
  try {
    const { title, publisher, license, modified, identifier } = schema.parse(
      JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
    );
    const doi = /^(?:https:\/\/doi\.org\/|doi:)(10\.\d{4,9}\/\S+)$/.exec(identifier ?? "")?.[1];
    return {
      sha256: sha256Hex(bytes),
      title,
      publisher: publisher.name,
      modified,
      ...(license ? { licence: license } : {}),
      ...(doi === undefined ? {} : { doi }),
    };
  } catch (cause) {
    const details = { file: name, row: 0, column: "", reason: "not a DCAT-US record" };
    throw registryError("FACTOR_FILE_INVALID", details, { cause });
  }
}
