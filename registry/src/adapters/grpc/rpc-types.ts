import type { DescMethod, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";

/** Who is at the other end: what `admit` made of its transport key. */
export interface CallContext<Peer> {
  readonly peer: Peer;
  /** Aborts when the caller goes away or its deadline passes. */
  readonly signal: AbortSignal;
}

type Kind<M extends DescMethod> = M["methodKind"];
type Input<M extends DescMethod> = MessageShape<M["input"]>;
type Output<M extends DescMethod> = MessageInitShape<M["output"]>;

/** A method as the server implements it. */
export type Handler<M extends DescMethod, Peer> =
  Kind<M> extends "server_streaming"
    ? (request: Input<M>, context: CallContext<Peer>) => AsyncIterable<Output<M>>
    : Kind<M> extends "client_streaming"
      ? (requests: AsyncIterable<Input<M>>, context: CallContext<Peer>) => Promise<Output<M>>
      : (request: Input<M>, context: CallContext<Peer>) => Promise<Output<M>>;

export type Implementation<S extends DescService, Peer> = {
  readonly [Name in keyof S["method"]]: Handler<S["method"][Name], Peer>;
};

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Overrides the client's deadline for this call; 0 for none. */
  readonly timeoutMs?: number;
}

type ClientMethod<M extends DescMethod> =
  Kind<M> extends "server_streaming"
    ? (request: MessageInitShape<M["input"]>, options?: CallOptions) => AsyncIterable<MessageShape<M["output"]>>
    : Kind<M> extends "client_streaming"
      ? (
          requests: AsyncIterable<MessageInitShape<M["input"]>>,
          options?: CallOptions,
        ) => Promise<MessageShape<M["output"]>>
      : (request: MessageInitShape<M["input"]>, options?: CallOptions) => Promise<MessageShape<M["output"]>>;

/** A service as its caller sees it. Every failure is a TallyError. */
export type ServiceClient<S extends DescService> = {
  readonly [Name in keyof S["method"]]: ClientMethod<S["method"][Name]>;
};
