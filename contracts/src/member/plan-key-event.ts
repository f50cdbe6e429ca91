import { contractError } from "../errors.ts";
import { type Compromise, commitRawKey, type KeyEvent, type NamedKey, parseKeyEvent } from "./key-event.ts";

// The event after a member's last one, ready to be signed by every attesting key that it names. Pure: keys are made, kept and
// used by the caller.

/** The keys from an event on. What is not named stays as it is. */
export interface NextKeys {
  /** Keys that the event before committed to: all that attest from now on. */
  readonly attest: readonly NamedKey[];
  /** base64url of the raw keys. */
  readonly checkpoint?: string;
  readonly transport?: string;
  readonly witness?: string;
  /** Commitments to the keys that may attest next (`commitRawKey`), and how many of them must sign. */
  readonly next: readonly string[];
  readonly threshold?: number;
}

/** What an event builds on: the member's last event, and its leaf hash (base64) in the members log. */
export interface EventBefore {
  readonly event: KeyEvent;
  readonly eventLeaf: string;
}

/**
 * An event by which a member goes over to the keys it committed to.
 *
 * @param grants where they change with it
 * @throws KEY_EVENT_INVALID, also for an attesting key that was not committed to: the registry would refuse it
 */
export function planRotation(
  before: EventBefore,
  keys: NextKeys,
  grants: KeyEvent["grants"] = before.event.grants,
): KeyEvent {
  return follow(before, keys, { grants });
}

/** As `planRotation`, with keys whose signatures since then are not to be trusted. @throws KEY_EVENT_INVALID */
export function planCompromise(before: EventBefore, keys: NextKeys, compromise: Compromise): KeyEvent {
  return follow(before, keys, { compromise });
}

/** As `planRotation`; the member's feed is retired in favour of another origin. @throws KEY_EVENT_INVALID */
export function planSuccession(before: EventBefore, keys: NextKeys, successor: string): KeyEvent {
  return follow(before, keys, { successor });
}

function follow({ event: last, eventLeaf }: EventBefore, next: NextKeys, changed: Partial<KeyEvent>): KeyEvent {
  const { compromise: _done, successor, ...kept } = last;
  if (next.attest.some(({ key }) => !last.next.includes(commitRawKey(key)))) {
    const issue = { path: "keys.attest", rule: "next", message: "a key that the event before did not commit to" };
    throw contractError("KEY_EVENT_INVALID", { issues: [issue] });
  }
  const witness = next.witness ?? last.keys.witness;
  return parseKeyEvent({
    ...kept,
    origin: successor ?? last.origin,
    sequence: last.sequence + 1,
    previous: eventLeaf,
    keys: {
      attest: next.attest,
      checkpoint: next.checkpoint ?? last.keys.checkpoint,
      transport: next.transport ?? last.keys.transport,
      ...(witness === undefined ? {} : { witness }),
    },
    next: next.next,
    threshold: next.threshold ?? Math.min(last.threshold, next.next.length),
    ...changed,
  });
}
