import { concatBytes } from "./bytes.ts";
import { isOrigin } from "./checkpoint.ts";
import { protoError } from "./errors.ts";
import { hmacSha256, sha256, utf8Encode } from "./platform.ts";

// docs/protocol.md, RT-1 and RT-2. Only who holds the route key can tell a tag from random bytes.

const ROUTE_KEY_BYTES = 32;
const ROUTE_TAG_BYTES = 16;

const invalid = (reason: string) => protoError("ROUTE_KEY_INVALID", { reason });

/**
 * The secret of one delivery, 32 bytes: HMAC-SHA-256 of log, epoch and counter. Revealing it proves this one tag and tells
 * nothing of the others.
 *
 * @param routeKey 32 random bytes for one direction between two members and one epoch.
 * @param counter 0 for the first delivery of the epoch.
 * @throws ROUTE_KEY_INVALID where an argument is out of range.
 */
export function routeSecret(routeKey: Uint8Array, origin: string, epoch: number, counter: number): Uint8Array {
  requireRouteKey(routeKey);
  if (!isOrigin(origin)) throw invalid("not an origin");
  if (![epoch, counter].every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw invalid("epoch or counter out of range");
  }
  return hmacSha256(routeKey, utf8Encode(`tallystick/route/v1\n${origin}\n${epoch}\n${counter}`));
}

/** The tag that a secret opens: the first 16 bytes of its SHA-256. */
export function tagOf(secret: Uint8Array): Uint8Array {
  return sha256(secret).subarray(0, ROUTE_TAG_BYTES);
}

/** The tag that the delivery with this counter carries, 16 bytes. @throws ROUTE_KEY_INVALID */
export function routeTag(routeKey: Uint8Array, origin: string, epoch: number, counter: number): Uint8Array {
  return tagOf(routeSecret(routeKey, origin, epoch, counter));
}

/** What an agreement says of the route key: SHA-256 of a domain line and the key, 32 bytes. @throws ROUTE_KEY_INVALID */
export function commitRouteKey(routeKey: Uint8Array): Uint8Array {
  requireRouteKey(routeKey);
  return sha256(concatBytes(utf8Encode("tallystick/route-key/v1\n"), routeKey));
}

function requireRouteKey(routeKey: Uint8Array): void {
  if (routeKey.length !== ROUTE_KEY_BYTES) throw invalid("not 32 bytes");
}
