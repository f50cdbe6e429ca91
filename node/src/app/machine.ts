import type { RegistryConnection } from "@tallystick/registry";
import type { NodeHome } from "./node-home.ts";

/** What the machine gives a node: everything that is not a function of its store. */
export interface Machine {
  /** Unix seconds. */
  readonly now: () => number;
  readonly random: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly connectRegistry: (home: NodeHome) => RegistryConnection;
}
