/** How a connection reached this process. */
export type Road = "tls" | "libp2p" | "local";

/** The other end of a connection: authenticated by its road, admitted by the server. */
export interface Caller<Peer> {
  readonly road: Road;
  /** Raw Ed25519 transport key (base64url); absent on the local socket, where the file's mode decides. */
  readonly publicKey?: string;
  readonly peer: Peer;
}

/** Why a connection was not taken or a call not begun; a call that began is refused with its error's code. */
export type Refusal = "NO_KEY" | "NOT_ADMITTED" | "TOO_MANY_CONNECTIONS" | "CALLS_TOO_FREQUENT";

/** Something that a peer was let do, or not. */
export interface AccessEvent {
  readonly road: Road;
  readonly publicKey?: string;
  /** `<service>/<method>`; absent where no call was made: the connection itself was refused. */
  readonly method?: string;
  /** Why not; absent where it was let. A code. */
  readonly refused?: Refusal | string;
}

/** Who hears of accesses. It must not throw, and returns at once. */
export type AccessListener = (event: AccessEvent) => void;
