/**
 * What a batch can be refused with that shows its sender at fault: it is not the log that its owner signed, or not what follows
 * from what is held (docs/protocol.md, LOG-2, LOG-7, LOG-8). Whatever else keeps a batch from being applied (a copy of the
 * registry that is too old, a member that is suspended for now) stops nothing for good.
 */
export const FEED_FAULTS: ReadonlySet<string> = new Set([
  "BATCH_MALFORMED",
  "BATCH_OUT_OF_ORDER",
  "CHECKPOINT_MALFORMED",
  "FAULTS_EXCEEDED",
  "LOG_ROLLED_BACK",
  "NOTE_MALFORMED",
  "NOTE_SIGNATURE_INVALID",
  "NOTE_UNSIGNED",
  "ROOT_MISMATCH",
  "UTF8_INVALID",
]);
