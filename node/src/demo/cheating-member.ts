import { ATTESTATION_TYP } from "@tallystick/contracts";
import { type JsonObject, parseJws, signJwsAsync } from "@tallystick/proto";
import { readNodeHome } from "../app/node-home.ts";
import { runNode } from "../app/run-node.ts";
import type { Signatory } from "../core/agreement/agreement-terms.ts";
import type { DeliverySource, OpenedDelivery } from "../ports/delivery-source.ts";

// A member of the demonstration that cheats. The product has no switch for this: what it hands over is exchanged from outside,
// behind the same port that an honest node fills.

/** Handed over with a lower figure, signed anew with the member's true key. */
const ALTERED = "urn:pact:motor.example:product-id:motor-45k";
/** Logged as delivered, and not sent. */
const WITHHELD = "urn:pact:motor.example:product-id:motor-22k";

class CheatingSource implements DeliverySource {
  readonly #honest: DeliverySource;
  readonly #self: Signatory;

  constructor(honest: DeliverySource, self: Signatory) {
    this.#honest = honest;
    this.#self = self;
  }

  async openDeliveries(buyer: string, indices: readonly number[]): Promise<ReadonlyMap<number, OpenedDelivery>> {
    const honest = await this.#honest.openDeliveries(buyer, indices);
    const { kid, key } = this.#self;
    const shown = new Map<number, OpenedDelivery>();
    for (const [index, delivery] of honest) {
      const { payload } = parseJws(delivery.jws, ATTESTATION_TYP);
      const subject = payload.credentialSubject as { productIds: string[]; pcf: JsonObject };
      if (subject.productIds.includes(WITHHELD)) continue;
      if (!subject.productIds.includes(ALTERED)) {
        shown.set(index, delivery);
        continue;
      }
      subject.pcf.pcfExcludingBiogenicUptake = "1";
      shown.set(index, { ...delivery, jws: await signJwsAsync(ATTESTATION_TYP, kid, payload, key) });
    }
    return shown;
  }
}

const [home = ""] = process.argv.slice(2);
const { signatory } = await readNodeHome(home);
await runNode({
  home,
  host: "127.0.0.1",
  port: 0,
  httpPort: 0,
  ports: ({ publisher }) => ({ deliveries: new CheatingSource(publisher, signatory) }),
});
