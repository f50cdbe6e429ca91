import { parentPort } from "node:worker_threads";
import { admitPublicKey, encodeBase64url, isTallyError, type PublicKey } from "@tallystick/proto";
import { checkCoveredToken, checkToken } from "../../core/subscription/check-token.ts";
import { unpackTokens } from "./token-batch.ts";
import type { BatchKey, CheckReply, CheckRequest, Refusal } from "./token-messages.ts";

// The thread that checks tokens: bytes in, refusals out. It knows no registry, no store and no time.

/** Loaded keys by their bytes; members are few, and a batch has one member's. */
const MAX_LOADED = 1_024;
const loaded = new Map<string, PublicKey>();

function load({ key }: BatchKey): PublicKey {
  const name = encodeBase64url(key);
  const known = loaded.get(name);
  if (known !== undefined) return known;
  if (loaded.size >= MAX_LOADED) loaded.clear();
  const admitted = admitPublicKey(key);
  loaded.set(name, admitted);
  return admitted;
}

function check({ id, covered, keys, tokens }: CheckRequest): CheckReply {
  const refused: Refusal[] = [];
  let count = 0;
  for (const token of unpackTokens(tokens)) {
    const at = count++;
    const key = token.key === undefined ? undefined : keys[token.key];
    try {
      (covered ? checkCoveredToken : checkToken)(token, (kid) => (key?.kid === kid ? load(key) : undefined));
    } catch (error) {
      if (!isTallyError(error)) throw error;
      refused.push({ at, code: error.code, details: error.details });
    }
  }
  return { id, count, refused };
}

parentPort?.on("message", (request: CheckRequest) => parentPort?.postMessage(check(request)));
