import { isOrigin, isTallyError, parseVerifierKey, parseWitnessPolicy, type VerifierKey } from "@tallystick/proto";
import { z } from "zod";
import { registryError } from "../errors.ts";

/** How one log of the registry is known. */
export interface TrustedLog {
  readonly origin: string;
  /** C2SP vkey of its checkpoints. */
  readonly vkey: string;
}

/**
 * What a member pins of its network, handed over out of band (`network.json`). Everything else follows from it by
 * verification; addresses are hints only.
 */
export interface Trust {
  readonly v: 1;
  readonly name: string;
  readonly logs: {
    readonly members: TrustedLog;
    readonly contracts: TrustedLog;
    readonly factors: TrustedLog;
    readonly claims: TrustedLog;
  };
  /** Leaf hash of entry 0 of the members log, base64. */
  readonly genesis: string;
  readonly registry: {
    /** host:port of the registry's gRPC. */
    readonly address: string;
    /** Base URL of its HTTP side. */
    readonly http: string;
    /** base64url of the raw key that its TLS end must hold. */
    readonly transportKey: string;
  };
  readonly witnesses: readonly { readonly name: string; readonly vkey: string; readonly url: string }[];
  /** C2SP tlog-policy text, as in the genesis. */
  readonly policy: string;
}

const vkey: z.ZodType<string> = z
  .string()
  .max(512)
  .refine((text) => isParsed(() => parseVerifierKey(text)), "not a C2SP verifier key");
const log: z.ZodType<TrustedLog> = z.strictObject({ origin: z.string().refine(isOrigin, "not an origin"), vkey });

const trustSchema: z.ZodType<Trust> = z
  .strictObject({
    v: z.literal(1),
    name: z.string().min(1).max(120),
    logs: z.strictObject({ members: log, contracts: log, factors: log, claims: log }),
    genesis: z.string().regex(/^[A-Za-z0-9+/]{43}=$/, "not 32 bytes in base64"),
    registry: z.strictObject({
      address: z.string().regex(/^[^\s/:]+:\d{1,5}$/, "not host:port"),
      http: z.url({ protocol: /^https?$/ }),
      transportKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/, "not 32 bytes in base64url"),
    }),
    witnesses: z
      .array(z.strictObject({ name: z.string().min(1).max(255), vkey, url: z.url({ protocol: /^https?$/ }) }))
      .max(64),
    policy: z
      .string()
      .max(32_768)
      .refine((text) => isParsed(() => parseWitnessPolicy(text)), "not a witness policy"),
  })
  .refine(({ logs }) => Object.values(logs).every(isNamedAfterOrigin), {
    path: ["logs"],
    message: "a log's key has another name than its origin",
  });

/** True of a key that is none too: zod goes on after the field's own check has reported that. */
function isNamedAfterOrigin({ origin, vkey }: TrustedLog): boolean {
  return !isParsed(() => parseVerifierKey(vkey)) || parseVerifierKey(vkey).name === origin;
}

function isParsed(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (isTallyError(error)) return false;
    throw error;
  }
}

/** @throws TRUST_INVALID */
export function parseTrust(value: unknown): Trust {
  const parsed = trustSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw registryError("TRUST_INVALID", { reason });
}

/** The checkpoint key of a registry log. */
export function trustedLogKey(trusted: TrustedLog): VerifierKey {
  return parseVerifierKey(trusted.vkey);
}
