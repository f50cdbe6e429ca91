import { encodeHex, sha256, utf8Encode } from "@tallystick/proto";

/** Where a witness shows the newest checkpoint of an origin that it cosigned: beside `add-checkpoint`, by the SHA-256 of the origin. */
export function cosignedPath(origin: string): string {
  return `cosigned/${originId(origin)}`;
}

/** 64 hexadecimal digits: a foreign log's origin may hold what a path or a store key may not. */
export function originId(origin: string): string {
  return encodeHex(sha256(utf8Encode(origin)));
}
