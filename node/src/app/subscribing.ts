import type { Member, Replica } from "@tallystick/registry";
import { publishingContract } from "../core/agreement/publishing-contract.ts";
import type { SubscribeDocument } from "../core/documents.ts";
import type { OpenConnection } from "../ports/open-connection.ts";
import type { Agreements } from "./agreements.ts";
import type { Followers } from "./followers.ts";
import type { Machine } from "./machine.ts";
import type { NodeHome } from "./node-home.ts";
import { proposeAgreement } from "./propose-agreement.ts";
import type { RegistryLink } from "./registry-link.ts";

export interface SubscribingOptions {
  readonly home: NodeHome;
  readonly openConnection: OpenConnection;
  readonly machine: Machine;
  readonly replica: Replica;
  readonly link: RegistryLink;
  readonly agreements: Agreements;
  readonly followers: Followers;
  /** The member of that DID. @throws NOT_A_MEMBER, MEMBER_SUSPENDED */
  readonly memberOf: (did: string) => Member;
  /** Whether feeds are followed at present; if not, what is agreed is followed from the next start on. */
  readonly following: () => boolean;
}

/** Agrees with suppliers. */
export class Subscribing {
  readonly #options: SubscribingOptions;

  constructor(options: SubscribingOptions) {
    this.#options = options;
  }

  /** Agrees with the supplier at `address`, or moves the agreement that stands there. @throws NOT_A_MEMBER and what an offer is refused with */
  async subscribe(address: string, supplierDid: string): Promise<SubscribeDocument> {
    const { home, openConnection, machine, replica, link, agreements, followers, memberOf, following } = this.#options;
    if (replica.state.members.memberOf(supplierDid) === undefined) await link.refresh();
    const supplier = memberOf(supplierDid);
    memberOf(home.signatory.did);
    const standing = agreements.purchase(supplierDid);
    if (standing !== undefined) {
      if (standing.address !== address) await agreements.addPurchase(standing.agreement, address);
      followers.get(supplierDid)?.moveTo(address);
      return describe(standing.agreement.offer, true);
    }
    const { offer } = await proposeAgreement({
      agreements,
      registry: replica.state,
      self: home.signatory,
      openConnection,
      supplier,
      address,
      contract: publishingContract(replica.state).urn,
      nowUnix: machine.now(),
      randomBytes: machine.randomBytes,
    });
    if (following()) followers.follow(supplierDid, address);
    return describe(offer, false);
  }
}

function describe(
  offer: { supplier: string; origin: string; contract: string; epoch: number },
  existing: boolean,
): SubscribeDocument {
  const { supplier, origin, contract, epoch } = offer;
  return { supplier, origin, contract, epoch, existing };
}
