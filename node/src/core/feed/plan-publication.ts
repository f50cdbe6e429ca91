import {
  ATTESTATION_TYP,
  buildAttestation,
  type DataModelExtension,
  type FactorRow,
  type Finding,
  formatInstant,
  type InputPin,
  type ProductFootprint,
} from "@tallystick/contracts";
import {
  canonicalJson,
  formatLeaf,
  hashJws,
  type JsonObject,
  type JsonValue,
  signJwsAsync,
  utf8Encode,
} from "@tallystick/proto";
import { nodeError } from "../../errors.ts";
import type { Signatory } from "../agreement/agreement-terms.ts";
import type { ContractName } from "../agreement/publishing-contract.ts";
import { periodKey, siteKey } from "../inventory/product-key.ts";
import { deriveUncertainty, type HeldInput } from "./derive-uncertainty.ts";
import type { PublicationItem } from "./parse-publication.ts";
import { toDetailLine } from "./publication-line.ts";

/** Most bytes that one delivery may hand over: token and disclosures. Keeps a batch of 256 within one message. */
export const MAX_DELIVERY_BYTES = 65_536;

/**
 * What a footprint is about: one key for each of its product ids, with place and period. At most one footprint of each key is
 * live (docs/protocol.md, LEAF-4).
 */
export function subjectKeys(footprint: ProductFootprint): readonly string[] {
  const [site, period] = [siteKey(footprint), periodKey(footprint)];
  return [...footprint.productIds].sort().map((productId) => JSON.stringify([productId, site, period]));
}

/** A footprint of this node's own that counts. */
export interface LivePublication {
  readonly index: number;
  /** See {@link subjectKeys}. */
  readonly subjects: readonly string[];
  /** JCS of the footprint and what it was published with: tells whether something else is to be said. */
  readonly content: string;
  readonly productId: string;
}

export interface PublicationContext {
  readonly self: Signatory;
  readonly contract: ContractName;
  /** By subject: a publication stands under each of its own. */
  readonly live: ReadonlyMap<string, LivePublication>;
  /** Indices of own entries that count for nobody until they are attested again: their keys were compromised, or out of use (KEY-10). */
  readonly disputed?: ReadonlySet<number>;
  /** The verified footprint of that product, and where it stands. @throws INPUT_NOT_HELD, INPUT_AMBIGUOUS */
  readonly resolveInput: (productId: string) => Pick<HeldInput, "ref" | "footprint">;
  /** The row of a factor named `SET@VERSION#KEY`. @throws FACTOR_NOT_HELD */
  readonly factorOf: (name: string) => FactorRow;
  readonly registry: { readonly origin: string; readonly treeSize: number; readonly rootHash: string };
  readonly nowUnix: number;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** What publishing one item comes to. */
export type PlannedPublication =
  | { readonly kind: "unchanged"; readonly live: LivePublication }
  | {
      readonly kind: "append";
      readonly leaf: Uint8Array;
      readonly supersedes?: number;
      /** Without its index, which the append gives. */
      readonly publication: Omit<LivePublication, "index">;
      /** What the node has to say about what it added. */
      readonly warnings: readonly Finding[];
      /** What is handed over to buyers. */
      readonly attestation: { readonly jws: string; readonly disclosures: readonly string[] };
    };

/**
 * Plans one publication: nothing where the same is live already, a superseding entry where another figure of the same is, or the same under
 * a key that is not trusted.
 *
 * @throws PUBLICATION_OVERLAPS, DELIVERY_TOO_LARGE, UNCERTAINTY_INVALID, and what `resolveInput`, `factorOf` and the signer throw
 */
export async function planPublication(item: PublicationItem, context: PublicationContext): Promise<PlannedPublication> {
  const { footprint, inputs, lines, nameSuppliers } = item;
  const { self, live, registry, nowUnix, randomBytes } = context;
  const subjects = subjectKeys(footprint);
  const productId = footprint.productIds[0] ?? "";
  // What the file says: publishing it again is nothing new, whatever has become of its inputs since.
  const unnamed = nameSuppliers === undefined ? {} : { nameSuppliers };
  const content = canonicalJson({ footprint, inputs, lines, ...unnamed } as unknown as JsonValue);
  const before = liveOf(subjects, live);
  if (before?.content === content && context.disputed?.has(before.index) !== true)
    return { kind: "unchanged", live: before };
  const held = inputs.map((input) => ({ ...input, ...context.resolveInput(input.productId) }));
  const pins: InputPin[] = held.map(({ ref: { origin, index, leaf }, qty, unit }) => ({
    log: origin,
    index,
    leaf,
    qty,
    unit,
  }));
  const details = lines.map((line) => toDetailLine(line, (input) => refOf(held, input)));
  const { extension, warnings } = deriveUncertainty(item, held, context.factorOf);
  const { payload, disclosures } = buildAttestation({
    footprint: extension === undefined ? footprint : withExtension(footprint, extension),
    issuer: self.did,
    contract: context.contract,
    registry,
    inputs: pins,
    lines: details,
    validFrom: formatInstant(nowUnix * 1000),
    salts: [...pins, ...lines].map(() => randomBytes(16)),
  });
  const jws = await signJwsAsync(ATTESTATION_TYP, self.kid, payload as unknown as JsonObject, self.key);
  const sizeBytes = utf8Encode([jws, ...disclosures].join("")).length;
  if (sizeBytes > MAX_DELIVERY_BYTES) {
    throw nodeError("DELIVERY_TOO_LARGE", { productId, sizeBytes, maxBytes: MAX_DELIVERY_BYTES });
  }
  const jwsHash = hashJws(jws);
  const leaf =
    before === undefined
      ? formatLeaf({ kind: "attest", jwsHash })
      : formatLeaf({ kind: "supersede", jwsHash, targetIndex: before.index });
  return {
    kind: "append",
    leaf,
    ...(before === undefined ? {} : { supersedes: before.index }),
    publication: { subjects, content, productId },
    warnings,
    attestation: { jws, disclosures },
  };
}

function withExtension(footprint: ProductFootprint, extension: DataModelExtension): ProductFootprint {
  return { ...footprint, extensions: [...(footprint.extensions ?? []), extension] };
}

function refOf(held: readonly HeldInput[], productId: string): HeldInput["ref"] {
  const input = held.find((each) => each.productId === productId);
  if (input === undefined) throw new TypeError("a line of a checked file names one of its inputs");
  return input.ref;
}

/**
 * The live footprint of exactly these subjects. One that shares only some of them can neither stay, which would give a product
 * two footprints, nor go, which would take a product's footprint away unasked.
 */
function liveOf(subjects: readonly string[], live: ReadonlyMap<string, LivePublication>): LivePublication | undefined {
  const [first, ...others] = new Set(subjects.flatMap((subject) => live.get(subject) ?? []));
  if (first === undefined) return undefined;
  if (others.length === 0 && first.subjects.join() === subjects.join()) return first;
  const { index, productId } = others[0] ?? first;
  throw nodeError("PUBLICATION_OVERLAPS", { productId, index });
}
