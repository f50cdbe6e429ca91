import { AGREEMENT_TYP, parseAgreementOffer } from "@tallystick/contracts";
import { isTallyError, parseJws } from "@tallystick/proto";
import { ExchangeService } from "@tallystick/proto/wire";
import type { Member, RegistryState } from "@tallystick/registry";
import { type Agreement, checkAcceptance, makeOffer, type Signatory } from "../core/agreement/agreement-terms.ts";
import type { OpenConnection } from "../ports/open-connection.ts";
import type { Agreements } from "./agreements.ts";

export interface Proposal {
  readonly agreements: Agreements;
  readonly registry: RegistryState;
  readonly self: Signatory;
  readonly openConnection: OpenConnection;
  readonly supplier: Member;
  /** host:port, or a multiaddr. */
  readonly address: string;
  /** URN. */
  readonly contract: string;
  readonly nowUnix: number;
  readonly randomBytes: (size: number) => Uint8Array;
}

/**
 * Offers an agreement to a supplier and has it accepted. A buyer that lost its disk has an agreement that it knows nothing of:
 * the supplier then says which epoch comes next, and that one is offered.
 *
 * @throws AGREEMENT_EPOCH_INVALID, AGREEMENT_REFUSED and what else the supplier refuses; what verifying the acceptance refuses
 */
export async function proposeAgreement(proposal: Proposal): Promise<Agreement> {
  try {
    return await proposeEpoch(proposal, 0);
  } catch (error) {
    // A relayed connection gives way to a direct one as soon as there is one, with the calls on it; the same offer may be sent again.
    if (isTallyError(error, "PEER_UNAVAILABLE") && proposal.address.includes("/p2p-circuit")) {
      return proposeEpoch(proposal, 0);
    }
    const next = nextEpochOf(error);
    if (next === undefined) throw error;
    await proposal.agreements.dropOffer(proposal.supplier.did);
    return proposeEpoch(proposal, next);
  }
}

async function proposeEpoch(proposal: Proposal, epoch: number): Promise<Agreement> {
  const { agreements, registry, self, openConnection, supplier, address, contract, nowUnix, randomBytes } = proposal;
  // Kept before it is sent: after a crash the same offer is sent again, and gets the acceptance that stands.
  const { offerJws, routeKey } = await agreements.openOffer(supplier.did, async () => {
    const key = randomBytes(32);
    return { offerJws: await makeOffer({ supplier, contract, epoch, routeKey: key, nowUnix }, self), routeKey: key };
  });
  const connection = await openConnection(supplier, address);
  try {
    const { acceptance } = await connection.client(ExchangeService).proposeAgreement({ offer: offerJws, routeKey });
    checkAcceptance(acceptance, { jws: offerJws, supplier, buyer: self.did }, registry);
    const offer = parseAgreementOffer(parseJws(offerJws, AGREEMENT_TYP).payload);
    const agreement = { offer, offerJws, acceptanceJws: acceptance, routeKey };
    await agreements.addPurchase(agreement, address);
    return agreement;
  } finally {
    connection.close();
  }
}

/** The epoch that a supplier expects, as far as what it says makes sense. */
function nextEpochOf(error: unknown): number | undefined {
  if (!isTallyError(error, "AGREEMENT_EPOCH_INVALID")) return undefined;
  const { expected } = error.details as { expected?: unknown };
  return Number.isSafeInteger(expected) && (expected as number) > 0 ? (expected as number) : undefined;
}
