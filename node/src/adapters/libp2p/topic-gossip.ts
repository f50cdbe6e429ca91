import { type GossipSub, type Message, TopicValidatorResult } from "@libp2p/gossipsub";
import type { PeerId } from "@libp2p/interface";
import { decodeUtf8, utf8Encode } from "@tallystick/proto";
import type { CheckpointGossip } from "../../ports/checkpoint-gossip.ts";
import { MAX_GOSSIP_BYTES } from "./gossip-options.ts";

/**
 * What to do with a note that a peer sent: take it and pass it on, leave it (it may be right, but not for this node to say), or hold it against
 * its sender.
 */
export type JudgeNote = (note: string) => "accept" | "ignore" | "reject";

export interface TopicGossipOptions {
  readonly gossip: GossipSub;
  readonly topic: string;
  readonly judge: JudgeNote;
  /** Whether that peer is anybody. */
  readonly isKnown: (peer: PeerId) => Promise<boolean>;
}

const { Accept, Ignore, Reject } = TopicValidatorResult;
const RESULTS = { accept: Accept, ignore: Ignore, reject: Reject } as const;

/** Notes on one gossipsub topic. Nothing is passed on that was not judged, and nothing that a stranger wrote. */
export class TopicGossip implements CheckpointGossip {
  readonly #options: TopicGossipOptions;
  readonly #listeners = new Set<(note: string) => void>();

  constructor(options: TopicGossipOptions) {
    this.#options = options;
    const { gossip, topic } = options;
    gossip.topicValidators.set(topic, (_peer, message) => this.#judge(message));
    gossip.addEventListener("message", this.#onMessage);
    gossip.subscribe(topic);
  }

  async publish(note: string): Promise<void> {
    const data = utf8Encode(note);
    if (data.length > MAX_GOSSIP_BYTES) return;
    await this.#options.gossip.publish(this.#options.topic, data).catch(() => {
      // A loss is no error: whoever missed it hears of a later one.
    });
  }

  onNote(listener: (note: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    const { gossip, topic } = this.#options;
    gossip.removeEventListener("message", this.#onMessage);
    gossip.topicValidators.delete(topic);
    this.#listeners.clear();
  }

  async #judge(message: Message): Promise<TopicValidatorResult> {
    if (message.type !== "signed" || message.data.length > MAX_GOSSIP_BYTES) return Reject;
    // The sender of a message is admitted by its connection; its author is somebody else's neighbour.
    if (!(await this.#options.isKnown(message.from))) return Ignore;
    const note = readNote(message.data);
    return note === undefined ? Reject : RESULTS[this.#options.judge(note)];
  }

  readonly #onMessage = ({ detail: message }: CustomEvent<Message>): void => {
    const { topic } = this.#options;
    if (message.topic !== topic) return;
    const note = readNote(message.data);
    if (note !== undefined) for (const listener of this.#listeners) listener(note);
  };
}

function readNote(data: Uint8Array): string | undefined {
  try {
    return decodeUtf8(data);
  } catch {
    return undefined; // no text is no note
  }
}
