import { formatNanoKg } from "@tallystick/contracts";
import {
  decodeUtf8,
  isTallyError,
  type JsonObject,
  MAX_BUNDLE_FILE_BYTES,
  type ParsedBundle,
  parseBundle,
  protoError,
} from "@tallystick/proto";
import { ENGINE } from "../engine.ts";
import type { Inventory } from "../inventory/inventory.ts";
import type { Period } from "../inventory/period.ts";
import type { GroupUncertainty } from "../inventory/uncertainty.ts";
import { BundleCheck, type NotChecked } from "./bundle-check.ts";
import { aboutClaim, parseClaim } from "./claims.ts";
import { evidenceError } from "./evidence-errors.ts";
import { type ManifestStatement, requireManifest, statedEngine } from "./manifest.ts";
import { limitsOf } from "./not-checked.ts";
import type { RegistryProof, TrustAnchor } from "./registry-proof.ts";

/** What a bundle that holds says. All masses are kg CO2e as decimal text. */
export interface VerificationReport {
  readonly ok: true;
  /** The network's name, as its genesis has it. */
  readonly network: string;
  /** Who prepared the bundle, when by its own clock, and with what. */
  readonly preparer: Omit<ManifestStatement, "v" | "bundle">;
  /** The days that the inventory is of; absent: every line of the bundle's ledger. */
  readonly period?: Period;
  /** Recomputed from the claims, not read from them. */
  readonly totalKgCo2e: string;
  readonly finalKgCo2e: string;
  readonly provisionalKgCo2e: string;
  /** What the total may be off by, recomputed as it is. */
  readonly uncertainty: GroupUncertainty;
  readonly claimsChecked: number;
  /** Whether the registry's keys were the verifier's own, or taken from the bundle: then they prove nothing of it. */
  readonly anchor: "pinned" | "from-bundle";
  readonly statuses: {
    readonly lines: number;
    readonly unsupportedLines: number;
    readonly attestations: number;
    readonly finalFeeds: number;
    readonly provisionalFeeds: number;
    readonly confidence: Inventory["confidence"];
  };
  readonly notChecked: readonly NotChecked[];
}

/**
 * Verifies an evidence bundle with no I/O: checks every claim against those before it, matches and calculates every
 * ledger line anew, and compares the figures to the last digit. With `trust`, only a bundle that hangs from that
 * registry holds. Spec: docs/protocol.md, section 10.
 *
 * @throws BUNDLE_CLAIM_FAILED naming the first claim that does not hold
 */
export function verifyBundle(bytes: Uint8Array, options: { readonly trust?: TrustAnchor } = {}): VerificationReport {
  const { check, bundle, manifest } = checkBundle(bytes, options.trust);
  return reportOf(check, bundle, manifest, options.trust !== undefined);
}

/**
 * The registry that a bundle which holds shows: its members and their keys.
 * @throws BUNDLE_CLAIM_FAILED naming the first claim that does not hold
 */
export function registryOfBundle(bytes: Uint8Array, trust?: TrustAnchor): RegistryProof {
  return checkBundle(bytes, trust).check.registry;
}

interface CheckedBundle {
  readonly check: BundleCheck;
  readonly bundle: ParsedBundle;
  readonly manifest: ManifestStatement;
}

function checkBundle(bytes: Uint8Array, trust: TrustAnchor | undefined): CheckedBundle {
  const bundle = openBundle(bytes);
  const check = new BundleCheck(trust);
  const made = statedEngine(bundle.statement);
  for (const { line, body } of bundle.claims) {
    attempt(line, body, () => byItsEngine(made, () => check.take(parseClaim(body))));
  }
  const end = { line: bundle.claims.length + 3, body: { type: "end" } };
  attempt(end.line, end.body, () => byItsEngine(made, () => check.finish()));
  const { notChecked } = check;
  attempt(end.line, end.body, () => {
    for (const limit of limitsOf(check)) {
      const said = notChecked.some(({ what, why }) => what === limit.what && why === limit.why);
      if (!said) throw evidenceError("CLAIM_MISSING", { what: `not-checked ${limit.what}` });
    }
  });
  const manifest = attempt(MANIFEST_LINE, { type: "manifest" }, () =>
    requireManifest(bundle.statement, bundle.claimsDigest, check.registry),
  );
  return { check, bundle, manifest };
}

/** A figure that comes out otherwise in another engine's bundle shows nothing of who made it. It does not hold here all the same. */
function byItsEngine<T>(made: string | undefined, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    const isOfFigures = isTallyError(cause) && OF_FIGURES.has(cause.code);
    if (!isOfFigures || made === undefined || made === ENGINE) throw cause;
    throw evidenceError(
      "ENGINE_DIFFERS",
      { made, verifier: ENGINE, instead: cause.code, facts: cause.details },
      { cause },
    );
  }
}

const OF_FIGURES: ReadonlySet<string> = new Set(["CALCULATION_DIFFERS", "TOTAL_DIFFERS", "CLAIM_MALFORMED"]);
const MANIFEST_LINE = 2;

function reportOf(
  check: BundleCheck,
  bundle: ParsedBundle,
  { preparer, preparedAt, software }: ManifestStatement,
  pinned: boolean,
): VerificationReport {
  const inventory = check.inventory();
  const finalFeeds = check.feeds.filter((feed) => feed.final).length;
  const unpinned: NotChecked = {
    what: "the registry's identity",
    why: "its keys were taken from the bundle: compare the anchor with the network's published one, or pin it",
  };
  return {
    ok: true,
    network: check.registry.networkName,
    preparer: { preparer, preparedAt, software },
    ...(inventory.period === undefined ? {} : { period: inventory.period }),
    totalKgCo2e: formatNanoKg(inventory.totalNano),
    finalKgCo2e: formatNanoKg(inventory.finalNano),
    provisionalKgCo2e: formatNanoKg(inventory.provisionalNano),
    uncertainty: inventory.uncertainty,
    claimsChecked: bundle.claims.length + 1,
    anchor: pinned ? "pinned" : "from-bundle",
    statuses: {
      lines: inventory.lines.length,
      unsupportedLines: inventory.unsupportedLines,
      attestations: inventory.verifiedAttestations,
      finalFeeds,
      provisionalFeeds: check.feeds.length - finalFeeds,
      confidence: inventory.confidence,
    },
    notChecked: pinned ? check.notChecked : [unpinned, ...check.notChecked],
  };
}

function openBundle(bytes: Uint8Array): ParsedBundle {
  return attempt(0, { type: "bundle" }, () => {
    if (bytes.length > MAX_BUNDLE_FILE_BYTES) throw protoError("BUNDLE_MALFORMED", { line: 0, reason: "over 256 MiB" });
    return parseBundle(decodeUtf8(bytes));
  });
}

/** Runs one check; whatever TallyError it throws becomes the failure of that claim. */
function attempt<T>(line: number, body: JsonObject, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    const failedAt = (cause.details as { line?: unknown }).line;
    throw evidenceError(
      "BUNDLE_CLAIM_FAILED",
      {
        line: cause.code === "BUNDLE_MALFORMED" && typeof failedAt === "number" ? failedAt : line,
        type: String(body.type),
        about: aboutClaim(body),
        reason: cause.code,
        facts: cause.details,
      },
      { cause },
    );
  }
}
