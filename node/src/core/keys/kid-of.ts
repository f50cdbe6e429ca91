import { decodeBase64url, decodeUtf8 } from "@tallystick/proto";

/** The key id that a compact JWS names, "" where it names none. Nothing of the token is verified by it. */
export function kidOf(jws: string): string {
  try {
    const header: unknown = JSON.parse(decodeUtf8(decodeBase64url(jws.slice(0, jws.indexOf(".")))));
    const { kid } = header as { readonly kid?: unknown };
    return typeof kid === "string" ? kid : "";
  } catch {
    // What does not parse is refused where it is verified.
    return "";
  }
}
