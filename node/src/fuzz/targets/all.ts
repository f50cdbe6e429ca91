import type { Target } from "../target.ts";
import { CONTENT_TARGETS } from "./contents.ts";
import { FORMAT_TARGETS } from "./formats.ts";
import { VERIFIER_TARGETS } from "./verifiers.ts";

/** Every decoder of what comes from a peer, a file or a command line. */
export const TARGETS: readonly Target[] = [...FORMAT_TARGETS, ...VERIFIER_TARGETS, ...CONTENT_TARGETS];
