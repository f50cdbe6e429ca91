import type { LocalApi } from "../../ports/local-api.ts";
import type { FootprintFile } from "../model/footprint-file.ts";
import type { Model } from "../model/model.ts";
import type { MemberName } from "../network/members.ts";

/** What every kind of work needs. */
export interface WorkContext {
  readonly model: Model;
  readonly files: FootprintFile;
  readonly homeOf: (name: MemberName) => string;
  /** Address at which a buyer reaches a supplier. */
  readonly addressOf: (buyer: MemberName, supplier: MemberName) => string;
  /** Asks until it is acknowledged; undefined where the signal aborts before that. */
  readonly acknowledge: <T>(
    member: MemberName,
    what: string,
    signal: AbortSignal,
    question: (node: LocalApi) => Promise<T>,
  ) => Promise<T | undefined>;
  readonly violation: (invariant: "lost", what: string) => void;
}
