import { decodeUtf8, isTallyError, parseCheckpoint } from "@tallystick/proto";

/** A cosignature's message (C2SP tlog-cosignature v1.0.1). */
const COSIGNED = /^cosignature\/v1\ntime [1-9]\d{0,15}\n([\s\S]+)$/;
/** A JWS's signing input. */
const JWS_INPUT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * Whether a message has the form of what keys for that use sign: checkpoints for `checkpoint` and the logs of a registry (`log-…`), cosignatures
 * for `witness`, JWS for any other. No message has two of these forms.
 */
export function fitsUse(use: string, message: Uint8Array): boolean {
  let text: string;
  try {
    text = decodeUtf8(message);
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return false;
  }
  if (use === "transport" || use === "next") return false;
  if (use === "witness") return isCheckpoint(COSIGNED.exec(text)?.[1]);
  if (use === "checkpoint" || use.startsWith("log-")) return isCheckpoint(text);
  return JWS_INPUT.test(text);
}

function isCheckpoint(text: string | undefined): boolean {
  try {
    return text !== undefined && parseCheckpoint(text).origin !== "";
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return false;
  }
}
