import { type Checkpoint, isTallyError, type TallyError } from "@tallystick/proto";
import { type RegistryErrors, registryError } from "../errors.ts";
import type { KnownSize } from "../log/tiled-log.ts";
import type { CosignableLog, WitnessClient } from "./witness-client.ts";

/** What one witness says of a log whose present checkpoint it was shown. */
export type WitnessClaim =
  /** It cosigned that checkpoint: it holds no larger one. */
  | { readonly kind: "level"; readonly witness: string; readonly size: number; readonly rootHash: Uint8Array }
  /** It shows another checkpoint, signed by the log's own key. */
  | { readonly kind: "shown"; readonly witness: string; readonly note: string; readonly checkpoint: Checkpoint }
  /** It says that it holds a larger one, and shows none: a 409 is signed by nobody. */
  | { readonly kind: "larger"; readonly witness: string; readonly size: number }
  /** It says that it holds another root of this size, and shows none. */
  | { readonly kind: "other-root"; readonly witness: string; readonly size: number };

/** What the claims of all witnesses come to. */
export interface LearntSizes {
  /** For `TiledLog.guard`: what is shown, and what more witnesses say than may be faulty. */
  readonly known: readonly KnownSize[];
  /** How many cosigned the present checkpoint. */
  readonly level: number;
  /** Notes, signed by the log's own key, of checkpoints that this disk may not have. */
  readonly shown: readonly string[];
  /** Witnesses that contradict it with nothing to show, and are too few to be believed. */
  readonly doubted: readonly string[];
}

/**
 * Asks each witness what it holds of this log: one claim for each that answered. The log's stored state is shown to them, which is
 * already signed or will be as it stands. One that contradicts it is asked for the checkpoint that it cosigned.
 */
export async function askWitnesses(
  log: CosignableLog,
  witnesses: readonly WitnessClient[],
  signal?: AbortSignal,
): Promise<WitnessClaim[]> {
  const answers = witnesses.map(async (witness): Promise<WitnessClaim[]> => {
    const name = witness.name;
    try {
      const { size, rootHash } = await witness.cosign(log, signal);
      return [{ kind: "level", witness: name, size, rootHash }];
    } catch (error) {
      if (isTallyError(error, "WITNESS_UNREACHABLE") || isTallyError(error, "WITNESS_REFUSED")) return [];
      if (!contradicts(error)) throw error;
      const shown = await witness.newest(log, signal);
      if (shown !== undefined) return [{ kind: "shown", witness: name, ...shown }];
      return "knownSize" in error.details
        ? [{ kind: "larger", witness: name, size: error.details.knownSize }]
        : [{ kind: "other-root", witness: name, size: error.details.treeSize }];
    }
  });
  return (await Promise.all(answers)).flat();
}

/** Whether that is a witness's word that it knows more, or other, of a log than its owner holds. */
export function contradicts(
  error: unknown,
): error is
  | TallyError<"LOG_BEHIND", RegistryErrors["LOG_BEHIND"]>
  | TallyError<"LOG_FORKED", RegistryErrors["LOG_FORKED"]> {
  return isTallyError(error, "LOG_BEHIND") || isTallyError(error, "LOG_FORKED");
}

/**
 * Counts the claims, of which `faulty` witnesses' may be lies. One checkpoint that the log's own key signed is enough; what is only said
 * must be said by more than may be faulty, so that no few of them can keep a log from signing. Pure.
 *
 * @throws LOG_FORKED where more witnesses than may be faulty say that they hold another root
 */
export function judgeClaims(origin: string, claims: readonly WitnessClaim[], faulty: number): LearntSizes {
  const of = <K extends WitnessClaim["kind"]>(kind: K): Extract<WitnessClaim, { kind: K }>[] =>
    claims.filter((claim): claim is Extract<WitnessClaim, { kind: K }> => claim.kind === kind);
  const others = of("other-root");
  if (others.length > faulty) throw registryError("LOG_FORKED", { origin, treeSize: others[0]?.size ?? 0 });
  const larger = of("larger").sort((a, b) => b.size - a.size);
  // The largest size that at least one honest witness vouches for.
  const vouched = larger[faulty];
  const level = of("level");
  const shown = of("shown");
  return {
    known: [
      ...level.map(({ size, rootHash }) => ({ size, rootHash })),
      ...shown.map(({ checkpoint }) => ({ size: checkpoint.treeSize, rootHash: checkpoint.rootHash })),
      ...(vouched === undefined ? [] : [{ size: vouched.size }]),
    ],
    level: level.length,
    shown: shown.map(({ note }) => note),
    doubted: [...(vouched === undefined ? larger : []), ...others].map(({ witness }) => witness),
  };
}

/** Asks, and counts. @throws LOG_FORKED as `judgeClaims` does */
export async function learnKnownSizes(
  log: CosignableLog,
  witnesses: readonly WitnessClient[],
  faulty: number,
  signal?: AbortSignal,
): Promise<LearntSizes> {
  return judgeClaims(log.origin, await askWitnesses(log, witnesses, signal), faulty);
}
