import type { WitnessPolicy } from "@tallystick/proto";
import type { Member, Replica, Store } from "@tallystick/registry";
import { type CheckingPolicy, mayBeCovered } from "../core/policy/checking-policy.ts";
import { type FeedState, newFeedState } from "../core/subscription/feed-state.ts";
import type { Journal } from "../ports/journal.ts";
import type { OpenConnection } from "../ports/open-connection.ts";
import type { TokenChecker } from "../ports/token-checker.ts";
import type { Agreements } from "./agreements.ts";
import type { AppliedBatch, FollowContext } from "./feed-applier.ts";
import { type Accusation, Follower } from "./follower.ts";
import type { Machine } from "./machine.ts";
import type { RegistryLink } from "./registry-link.ts";

export interface FollowersOptions {
  readonly openConnection: OpenConnection;
  readonly machine: Machine;
  readonly store: Store;
  readonly journal: Journal;
  readonly tokens: TokenChecker;
  readonly replica: Replica;
  readonly agreements: Agreements;
  readonly link: RegistryLink;
  /** By origin; kept up to date here. */
  readonly feeds: Map<string, FeedState>;
  readonly policy: () => WitnessPolicy;
  readonly checking: () => CheckingPolicy;
  /** The member of that DID. @throws NOT_A_MEMBER, MEMBER_SUSPENDED */
  readonly memberOf: (did: string) => Member;
  /** Hears of each batch that was made durable. */
  readonly onApplied: (applied: AppliedBatch) => void;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

/** Follows the feeds of the suppliers that this node agreed with. */
export class Followers {
  readonly #options: FollowersOptions;
  readonly #bySupplier = new Map<string, Follower>();
  readonly #running: Promise<void>[] = [];

  constructor(options: FollowersOptions) {
    this.#options = options;
  }

  get(supplier: string): Follower | undefined {
    return this.#bySupplier.get(supplier);
  }

  /** Stops the feed of that origin at what others showed of it. */
  accuse(origin: string, accusation: Accusation): void {
    for (const follower of this.#bySupplier.values()) if (follower.state.origin === origin) follower.accuse(accusation);
  }

  /** Follows a supplier from now on, where there is an agreement with it. */
  follow(supplier: string, address: string): void {
    const { openConnection, machine, store, journal, tokens, agreements, link, feeds, onApplied, signal } =
      this.#options;
    const purchase = agreements.purchase(supplier);
    if (purchase === undefined || this.#bySupplier.has(supplier)) return;
    const { offer, routeKey } = purchase.agreement;
    const follower = new Follower({
      store,
      journal,
      tokens,
      openConnection,
      address,
      contract: offer.contract,
      routeKey,
      state: feeds.get(offer.origin) ?? newFeedState(supplier, offer.origin, offer.epoch),
      random: machine.random,
      context: () => this.#context(supplier),
      learnAnew: () => link.learnAnew(),
      onApplied: (applied) => {
        feeds.set(offer.origin, applied.state);
        onApplied(applied);
      },
    });
    this.#bySupplier.set(supplier, follower);
    this.#running.push(follower.run(signal));
  }

  /** Judges anew what rests on keys that have changed. */
  reviewKeys(): void {
    for (const follower of this.#bySupplier.values()) this.#running.push(follower.reviewKeys());
  }

  #context(supplier: string): FollowContext {
    const { machine, replica, link, policy, checking, memberOf } = this.#options;
    replica.requireUsable();
    const member = memberOf(supplier);
    const membersRootAt = (size: number): string | undefined => link.membersRootAt(size);
    const timeOfEntry = (entry: number): number | undefined => replica.finalOver(entry)?.logTimeUnix;
    const judge = { member, registry: replica.state, membersRootAt, timeOfEntry, now: machine.now() };
    return { member, policy: policy(), judge, mayBeCovered: mayBeCovered(checking(), member) };
  }

  /** Resolves when the signal has ended every one of them. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }
}
