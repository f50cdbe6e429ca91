import { randomBytes } from "node:crypto";
import { privateKeyFromSeed } from "@tallystick/proto";
import {
  connectRegistry,
  createTransportIdentity,
  type Member,
  NOT_FOLLOWED_YET,
  type RegistrySource,
  RegistryState,
  type Trust,
  trustedLogKey,
  verifyBatch,
} from "@tallystick/registry";
import { nodeError } from "../errors.ts";

const TIMEOUT_MS = 20_000;

/**
 * What the registry says of a member, read from its members log and verified from the pinned genesis on; by a key that nobody knows, so
 * also for a member that lost all of its own.
 *
 * @throws NOT_A_MEMBER; PEER_UNAVAILABLE where the registry does not answer; what a log that does not verify is refused with
 */
export async function fetchMember(trust: Trust, did: string): Promise<Member> {
  const seed = randomBytes(32);
  const source = connectRegistry(trust, await createTransportIdentity(privateKeyFromSeed(seed), seed, "a reader"));
  try {
    return await readMember(trust, did, source);
  } finally {
    source.close();
  }
}

/** As `fetchMember`, from a source that is at hand. */
export async function readMember(
  trust: Trust,
  did: string,
  source: Pick<RegistrySource, "streamEntries">,
): Promise<Member> {
  const state = new RegistryState(trust);
  const { members: log } = trust.logs;
  let followed = NOT_FOLLOWED_YET;
  for await (const batch of source.streamEntries(log.origin, 0, AbortSignal.timeout(TIMEOUT_MS))) {
    ({ followed } = verifyBatch(followed, batch, trustedLogKey(log)));
    for (const leaf of batch.leaves) state.apply("members", leaf);
  }
  const member = state.members.memberOf(did);
  if (member === undefined) throw nodeError("NOT_A_MEMBER", { did });
  return member;
}
