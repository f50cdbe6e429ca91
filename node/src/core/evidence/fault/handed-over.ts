import { ATTESTATION_TYP, checkAttestation } from "@tallystick/contracts";
import {
  decodeBase64,
  equalBytes,
  hashJws,
  isTallyError,
  type JsonObject,
  openDelivery,
  parseJws,
  verifyJws,
} from "@tallystick/proto";
import type { Exhibit } from "./fault-document.ts";
import type { Finding } from "./finding.ts";
import type { Scene, ShownCheckpoint, ShownLeaf } from "./scene.ts";

// What was handed over with a delivery and is not what the log has there (docs/protocol.md, LEAF-2, RT-3).

interface OpenedDelivery {
  readonly checkpoint: ShownCheckpoint;
  readonly delivery: ShownLeaf;
  readonly target: ShownLeaf;
}

/** A delivery and the entry that it delivers, by the salt that only the two ends have. @throws COMMITMENT_INVALID */
function openDeliveryTo(
  exhibit: Exhibit<"altered" | "misaddressed" | "false-disclosures">,
  scene: Scene,
): OpenedDelivery {
  const { checkpoint, leaves } = scene.leaves(exhibit.log);
  const [delivery, target] = leaves as [ShownLeaf, ShownLeaf];
  openDelivery(scene.deliver(delivery).commitment, decodeBase64(exhibit.salt), target.index, target.hash);
  return { checkpoint, delivery, target };
}

export function checkAltered(exhibit: Exhibit<"altered">, scene: Scene): Finding {
  const { checkpoint, delivery, target } = openDeliveryTo(exhibit, scene);
  if (equalBytes(scene.publishedBy(target), hashJws(exhibit.jws))) throw scene.notShown("it is what the log has");
  const signed = isSigned(exhibit.jws, scene);
  const { did } = scene.member;
  const logged = `delivery ${delivery.index} of ${scene.origin} is of entry ${target.index}, and the JWS shown is not what that entry publishes`;
  return {
    checkpoint,
    proven: signed ? [logged, `${did} signed the JWS shown with its own attesting key`] : [logged],
    claimed: ["the JWS shown is what was handed over with that delivery"],
    notProven: signed
      ? ["that the JWS stands in no other entry of the log"]
      : [`that the JWS shown is ${did}'s at all: its signature is not`],
  };
}

function isSigned(jws: string, scene: Scene): boolean {
  try {
    verifyJws(jws, ATTESTATION_TYP, scene.attestKey);
    return true;
  } catch (error) {
    if (isTallyError(error)) return false;
    throw error;
  }
}

export function checkMisaddressed(exhibit: Exhibit<"misaddressed">, scene: Scene): Finding {
  const { checkpoint, delivery, target } = openDeliveryTo(exhibit, scene);
  return {
    checkpoint,
    proven: [
      `the reporter holds the opening of delivery ${delivery.index} of ${scene.origin}, which is of entry ${target.index}`,
    ],
    claimed: ["that delivery's tag is none of the reporter's, and the opening came from the log's owner"],
    notProven: ["whom the delivery was addressed to"],
  };
}

export function checkFalseDisclosures(exhibit: Exhibit<"false-disclosures">, scene: Scene): Finding {
  const { checkpoint, target } = openDeliveryTo(exhibit, scene);
  if (!equalBytes(scene.publishedBy(target), hashJws(exhibit.jws))) throw scene.notShown("not the JWS of that entry");
  const { payload } = parseJws(exhibit.jws, ATTESTATION_TYP);
  if (resolves(payload, exhibit.disclosures)) throw scene.notShown("the disclosures are the attestation's");
  return {
    checkpoint,
    proven: [`the disclosures shown are not those that entry ${target.index} of ${scene.origin} was signed with`],
    claimed: ["they are what was handed over with that entry"],
    notProven: ["who made them: disclosures are not signed by themselves"],
  };
}

function resolves(payload: JsonObject, disclosures: readonly string[]): boolean {
  try {
    checkAttestation(payload, disclosures, "partial");
    return true;
  } catch (error) {
    if (isTallyError(error, "DISCLOSURE_INVALID")) return false;
    throw error;
  }
}
