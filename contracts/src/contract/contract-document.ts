import { canonicalJson, encodeBase64, type JsonObject, sha256, utf8Encode } from "@tallystick/proto";
import { z } from "zod";
import { contractError } from "../errors.ts";
import { decimal, line, slug, version } from "../schema/fields.ts";
import { finding, parseOr } from "../schema/findings.ts";

/** A rule beyond the schema, by the id that findings name. */
export interface ContractRule {
  readonly id: string;
  readonly level: "error" | "warning";
  readonly text: string;
}

/** What data two members agree to exchange: the document that the contracts log publishes. */
export interface ContractDocument {
  readonly id: string;
  /** Semantic: a breaking change has a new major version. */
  readonly version: string;
  readonly title: string;
  readonly description?: string;
  /** JSON Schema 2020-12 of the data. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly rules: readonly ContractRule[];
  /** How often data is due, and how long it may be late. */
  readonly cadence?: { readonly everyDays: number; readonly graceDays: number };
  /** Limits that decide what counts. */
  readonly quality?: {
    readonly maxAgeDays?: number;
    /** Per cent. */
    readonly minPrimaryDataShare?: string;
    /** 1 to 5. */
    readonly maxDataQualityRating?: string;
  };
  /** Factor sets that may be used, as id or id@version. */
  readonly factorSets?: readonly string[];
  readonly permittedUse?: string;
  readonly retentionYears?: number;
  /** Which versions can read which others' data, as schema registries define the modes. */
  readonly compatibility?: "backward" | "forward" | "full" | "none";
  /** Version of the same contract that this one replaces. */
  readonly supersedes?: string;
}

/** UTF-8 bytes of a contract's JCS: it has to fit one entry of the contracts log together with its approvals. */
export const MAX_CONTRACT_BYTES = 40_960;

const days = z.int().min(1).max(3_660);

const contractSchema: z.ZodType<ContractDocument> = z.strictObject({
  id: slug,
  version: z
    .string()
    .max(20)
    .regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/, "not a semantic version"),
  title: line(200),
  description: line(2_000).exactOptional(),
  schema: z.record(z.string(), z.unknown()),
  rules: z
    .array(z.strictObject({ id: slug, level: z.enum(["error", "warning"]), text: line(500) }))
    .max(200)
    .refine((rules) => new Set(rules.map((rule) => rule.id)).size === rules.length, "duplicate ids"),
  cadence: z.strictObject({ everyDays: days, graceDays: z.int().min(0).max(3_660) }).exactOptional(),
  quality: z
    .strictObject({
      maxAgeDays: days.exactOptional(),
      minPrimaryDataShare: decimal.exactOptional(),
      maxDataQualityRating: decimal.exactOptional(),
    })
    .exactOptional(),
  factorSets: z
    .array(
      z
        .string()
        .max(110)
        .regex(/^[a-z0-9-]+(@[0-9A-Za-z.-]+)?$/),
    )
    .max(100)
    .exactOptional(),
  permittedUse: line(1_000).exactOptional(),
  retentionYears: z.int().min(1).max(100).exactOptional(),
  compatibility: z.enum(["backward", "forward", "full", "none"]).exactOptional(),
  supersedes: version.exactOptional(),
});

/** @throws CONTRACT_INVALID, also for a document over MAX_CONTRACT_BYTES */
export function parseContract(value: unknown): ContractDocument {
  const contract = parseOr(contractSchema, value, (issues) => contractError("CONTRACT_INVALID", { issues }));
  const sizeBytes = contractBytes(contract).length;
  if (sizeBytes > MAX_CONTRACT_BYTES) {
    const issues = [finding("", "size", `${sizeBytes} of at most ${MAX_CONTRACT_BYTES} bytes`)];
    throw contractError("CONTRACT_INVALID", { issues });
  }
  return contract;
}

/** `urn:tallystick:contract:<id>:<version>` */
export function contractUrn(id: string, contractVersion: string): string {
  return `urn:tallystick:contract:${id}:${contractVersion}`;
}

/** The document's JCS in UTF-8. @throws CONTRACT_INVALID where its schema is not JSON */
export function contractBytes(contract: ContractDocument): Uint8Array {
  try {
    return utf8Encode(canonicalJson(contract as unknown as JsonObject));
  } catch (cause) {
    throw contractError("CONTRACT_INVALID", { issues: [finding("schema", "schema", "not JSON")] }, { cause });
  }
}

/** `sha256-<base64>` of the document's JCS: what attestations and agreements name it by, beside its URN. */
export function digestOf(contract: ContractDocument): string {
  return `sha256-${encodeBase64(sha256(contractBytes(contract)))}`;
}
