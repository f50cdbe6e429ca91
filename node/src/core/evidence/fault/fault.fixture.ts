import {
  AGREEMENT_TYP,
  KEY_EVENT_TYP,
  PRODUCT_FOOTPRINT_CONTRACT_URN,
  parseAgreementOffer,
} from "@tallystick/contracts";
import {
  decodeUtf8,
  encodeBase64,
  encodeBase64url,
  type JsonObject,
  type PrivateKey,
  parseJws,
  privateKeyFromSeed,
  sha256,
  signJws,
  utf8Encode,
} from "@tallystick/proto";
import { buildChange } from "@tallystick/registry";
import { type Agreement, makeAcceptance, makeOffer, type Signatory } from "../../agreement/agreement-terms.ts";
import type { Verdict } from "../../journal/verdict.ts";
import { NOW, ORIGIN, Reader, ROUTE_KEY, SUPPLIER, type Supplier } from "../../subscription/subscription.fixture.ts";
import { buildFault, type TwoLive } from "./build-fault.ts";
import { type FaultDocument, formatFault } from "./fault-document.ts";
import type { FaultSources, OfferedCheckpoint } from "./fault-sources.ts";
import { FeedExhibits } from "./feed-exhibits.ts";
import { type FaultVerdict, verifyFault } from "./verify-fault.ts";

// A buyer that read a supplier's feed in memory, and shows others what it found.

const keyOf = (name: string) => privateKeyFromSeed(sha256(utf8Encode(`fixture ${name}`)));

export const CASTER: Signatory & { readonly key: PrivateKey } = {
  did: SUPPLIER,
  kid: `${SUPPLIER}#1`,
  key: keyOf("caster attest"),
};
const REPORTED_AT = "2024-03-20T00:00:00Z";

/** The agreement by which the feed's deliveries are addressed to the buyer. */
async function agreementWith(supplier: Supplier): Promise<Agreement> {
  const { request, state } = supplier.fixture;
  const member = state.members.memberOf(SUPPLIER);
  if (member === undefined) throw new Error("no such member");
  const terms = {
    supplier: member,
    contract: PRODUCT_FOOTPRINT_CONTRACT_URN,
    epoch: 0,
    routeKey: ROUTE_KEY,
    nowUnix: NOW,
  };
  const offerJws = await makeOffer(terms, request.preparer);
  const offer = parseAgreementOffer(parseJws(offerJws, AGREEMENT_TYP).payload);
  const acceptanceJws = await makeAcceptance(offer, offerJws, NOW, CASTER);
  return { offer, offerJws, acceptanceJws, routeKey: ROUTE_KEY };
}

/** The supplier's next key event: it takes its committed key into use, and says that the one before was compromised. */
export function loseKey(supplier: Supplier, since: number): void {
  const { state, registry } = supplier.fixture;
  const member = state.members.memberOf(SUPPLIER);
  if (member === undefined) throw new Error("no such member");
  const next = keyOf("caster next");
  const event = {
    ...member.event,
    sequence: member.event.sequence + 1,
    previous: member.eventLeaf,
    keys: { ...member.event.keys, attest: [{ kid: `${SUPPLIER}#2`, key: encodeBase64url(next.publicKey.bytes) }] },
    next: [encodeBase64(sha256(utf8Encode("a key to come")))],
    compromise: { since, kids: [CASTER.kid], reason: "a laptop was lost" },
  };
  const signed = signJws(KEY_EVENT_TYP, `${SUPPLIER}#2`, event as unknown as JsonObject, next);
  const maintainer = { kid: "maintainer-1", key: keyOf("maintainer") };
  const change = { kind: "member", maintainersAt: 0, event: signed, vetting: "full" };
  const bytes = buildChange(state.log("members"), change, [maintainer]);
  state.apply("members", bytes);
  registry.members.entries.push(bytes);
}

/** What a buyer holds that read the whole feed. */
function sourcesOf(supplier: Supplier, offered?: OfferedCheckpoint, agreement?: Agreement): FaultSources {
  const { feed, fixture } = supplier;
  const whole = { size: feed.entries.length, note: feed.note(true) };
  return {
    leaves: async (_origin, from, to) => feed.entries.slice(from, to),
    noteCovering: async () => whole,
    newestNote: async () => whole,
    finalNoteUpTo: async (_origin, size) => ({ size, note: feed.note(true, size) }),
    handedOver: async (_origin, index) => {
      const [deliveredAt, came] =
        [...supplier.deliveries].find(([at]) => at === index) ??
        [...supplier.deliveries].find(([, { targetIndex }]) => targetIndex === index) ??
        [];
      if (deliveredAt === undefined || came === undefined) return undefined;
      return { ...came, deliveredAt, salt: encodeBase64(came.salt) };
    },
    offered: async () => offered,
    attestation: async (_origin, index) => {
      const found = [...supplier.deliveries.values()].find(({ targetIndex }) => targetIndex === index);
      return found?.jws ?? "";
    },
    agreement: () => agreement,
    members: async () => ({
      note: fixture.registry.members.note(true),
      entries: fixture.registry.members.entries.map(decodeUtf8),
    }),
  };
}

/** Parts of that supplier's feed, with their proofs. */
export const exhibitsOf = (supplier: Supplier): FeedExhibits => new FeedExhibits(sourcesOf(supplier), ORIGIN);

/** The verdict of that kind, or refusal with that code, which a buyer comes to that reads the whole feed. */
export async function verdictOf(supplier: Supplier, kindOrCode: string): Promise<Verdict> {
  const { verdicts } = await new Reader(supplier).readAll(supplier);
  const found = verdicts.find(
    (verdict) => verdict.kind === kindOrCode || ("code" in verdict && verdict.code === kindOrCode),
  );
  if (found === undefined) throw new Error(`no ${kindOrCode} among ${JSON.stringify(verdicts)}`);
  return found;
}

/** As a judge would refuse the entry. */
export const refusedWith = (index: number, code: string): Verdict => ({
  v: 1,
  kind: "refused",
  member: SUPPLIER,
  origin: ORIGIN,
  index,
  code,
  reason: "{}",
});

export async function documentOf(
  supplier: Supplier,
  fault: Verdict | TwoLive,
  offered?: OfferedCheckpoint,
): Promise<FaultDocument> {
  const { request, trust } = supplier.fixture;
  const { did, kid, key } = request.preparer;
  const reporter = { did, kid, key };
  const sources = sourcesOf(supplier, offered, await agreementWith(supplier));
  return buildFault(fault, { sources, reporter, trust, reportedAt: REPORTED_AT });
}

/** Builds the document and verifies its bytes, as its reader does. */
export async function shownBy(
  supplier: Supplier,
  fault: Verdict | TwoLive,
  offered?: OfferedCheckpoint,
): Promise<{ verdict: FaultVerdict; bytes: Uint8Array }> {
  const bytes = formatFault(await documentOf(supplier, fault, offered));
  return { verdict: verifyFault(bytes, supplier.fixture.trust), bytes };
}
