import type { LogReader, Member } from "@tallystick/registry";
import type { PublicationItem } from "../core/feed/parse-publication.ts";
import type { DeliverySource } from "../ports/delivery-source.ts";
import type { Workbench } from "./workbench.ts";

/** How a dishonest member differs from an honest one. */
export interface Cheat {
  /** Publishes what its owner gave it, in its own way. */
  publish(bench: Workbench, items: readonly PublicationItem[]): Promise<void>;
  /** Opens deliveries in its own way. Default: as they were made. */
  readonly deliveries?: (bench: Workbench) => DeliverySource;
  /** The log that a partner is shown. Default: the one that is signed. */
  readonly logFor?: (bench: Workbench, peer: Member) => LogReader;
}
