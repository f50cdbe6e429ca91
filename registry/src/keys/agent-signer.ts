import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  admitPublicKey,
  decodeBase64,
  decodeBase64url,
  encodeBase64,
  encodeBase64url,
  openSigner,
  type PublicKey,
  type Signer,
} from "@tallystick/proto";
import { formatFrame, parseAnswer, readFrames, type SigningAnswer } from "./agent-frames.ts";
import { keyFileError } from "./key-errors.ts";
import { describeKeyFile, openKeyFile } from "./key-file.ts";
import type { KeySecrets } from "./sealing.ts";

/** An agent on the same machine that says nothing for so long is as good as none. */
const ANSWER_MS = 5_000;
/** A connection that is used no more is closed; the next signature opens another. */
const IDLE_MS = 60_000;

/**
 * Opens what signs for the use that a key's file is for: the key in it, or the agent that it names, which is tried once.
 *
 * @throws SIGNER_UNAVAILABLE, SIGNER_REFUSED, SIGNER_FAULTY, and what openKeyFile throws
 */
export async function openKeySigner(
  path: string,
  options: { readonly use: string; readonly secrets?: KeySecrets },
): Promise<Signer> {
  const { agent, publicKey } = await describeKeyFile(path, options.use);
  if (agent === undefined) return (await openKeyFile(path, options)).key;
  return openSigner(new AgentSigner(agent, options.use, admitPublicKey(decodeBase64url(publicKey))));
}

/** A key that a signing agent holds. */
class AgentSigner implements Signer {
  readonly publicKey: PublicKey;
  readonly #path: string;
  readonly #use: string;
  #connection: Promise<AgentConnection> | undefined;

  constructor(path: string, use: string, publicKey: PublicKey) {
    this.#path = path;
    this.#use = use;
    this.publicKey = publicKey;
  }

  async ready(): Promise<void> {
    await this.#connected();
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    const connection = await this.#connected();
    return connection.sign(this.#use, encodeBase64url(this.publicKey.bytes), message);
  }

  #connected(): Promise<AgentConnection> {
    if (this.#connection !== undefined) return this.#connection;
    const opening = AgentConnection.open(this.#path, () => {
      if (this.#connection === opening) this.#connection = undefined;
    });
    this.#connection = opening;
    return opening;
  }
}

/** One connection to an agent. It keeps the process up only while an answer is waited for. */
class AgentConnection {
  readonly #path: string;
  readonly #socket: Socket;
  readonly #onEnd: () => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();
  #asked = 0;

  private constructor(path: string, socket: Socket, onEnd: () => void) {
    this.#path = path;
    this.#socket = socket;
    this.#onEnd = onEnd;
  }

  /** @param onEnd called when it can be used no more, or never could. @throws SIGNER_UNAVAILABLE */
  static async open(path: string, onEnd: () => void): Promise<AgentConnection> {
    const socket = connect(path);
    try {
      await once(socket, "connect", { signal: AbortSignal.timeout(ANSWER_MS) });
    } catch (cause) {
      socket.destroy();
      onEnd();
      throw away(path, "nobody listens there", cause);
    }
    socket.unref();
    const connection = new AgentConnection(path, socket, onEnd);
    socket.setTimeout(IDLE_MS, () => {
      if (connection.#waiting.size === 0) connection.#end();
    });
    void connection.#read();
    return connection;
  }

  async sign(use: string, key: string, message: Uint8Array): Promise<Uint8Array> {
    const id = this.#asked++;
    const answer = Promise.withResolvers<Uint8Array>();
    this.#waiting.set(id, answer);
    this.#socket.ref();
    const timer = setTimeout(() => this.#end(`no answer within ${ANSWER_MS} ms`), ANSWER_MS);
    this.#socket.write(formatFrame({ v: 1, id, use, key, message: encodeBase64(message) }));
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#socket.unref();
    }
  }

  async #read(): Promise<void> {
    try {
      for await (const frame of readFrames(this.#socket)) this.#take(parseAnswer(frame));
      this.#end("the connection ended");
    } catch (cause) {
      this.#end("the connection broke", cause);
    }
  }

  #take(answer: SigningAnswer): void {
    // One that nobody waits for any more is of no use.
    const waiting = this.#waiting.get(answer.id);
    if ("signature" in answer) waiting?.resolve(decodeBase64(answer.signature));
    else waiting?.reject(keyFileError("SIGNER_REFUSED", { path: this.#path, reason: answer.refused }));
  }

  #end(reason = "it was idle", cause?: unknown): void {
    this.#onEnd();
    this.#socket.destroy();
    for (const { reject } of this.#waiting.values()) reject(away(this.#path, reason, cause));
    this.#waiting.clear();
  }
}

const away = (path: string, reason: string, cause?: unknown): Error =>
  keyFileError("SIGNER_UNAVAILABLE", { path, reason }, { cause });
