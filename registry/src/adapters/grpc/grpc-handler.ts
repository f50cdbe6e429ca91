import type { EventEmitter } from "node:events";
import type { DescMethod } from "@bufbuild/protobuf";
import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { isTallyError } from "@tallystick/proto";
import { type StatusTable, toStatus } from "./call-error.ts";
import { pump } from "./pump.ts";
import type { CallContext } from "./rpc-types.ts";

export type UntypedHandler<Peer> = (input: unknown, context: CallContext<Peer>) => unknown;

/** What a handler is told of the connection that its calls come by. */
export interface HandlerContext<Peer> {
  readonly peer: Peer;
  readonly table: StatusTable;
  readonly slowConsumerMs: number;
  /** @throws where this peer may begin no call now */
  readonly begin: () => void;
  /** Hears how each call went: a stream that it began, a unary call that it ended; with a code where it was refused. */
  readonly onCall: (method: string, refused?: string) => void;
  /** Ends the connection. */
  readonly cut: () => void;
}

/** A method's handler as grpc-js wants it. */
export function toGrpcHandler<Peer>(
  method: DescMethod,
  handler: UntypedHandler<Peer>,
  { peer, table, slowConsumerMs, begin, onCall, cut }: HandlerContext<Peer>,
): UntypedServiceImplementation[string] {
  const name = `${method.parent.typeName}/${method.name}`;
  const contextOf = (call: EventEmitter): CallContext<Peer> => {
    const ended = new AbortController();
    call.once("cancelled", () => ended.abort());
    return { peer, signal: ended.signal };
  };
  const refused = (error: unknown): ReturnType<typeof toStatus> => {
    onCall(name, isTallyError(error) ? error.code : "INTERNAL");
    return toStatus(error, table);
  };
  if (method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming") {
    const serve: handleServerStreamingCall<unknown, unknown> & handleBidiStreamingCall<unknown, unknown> = (
      call: ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
    ) => {
      const input = "request" in call ? call.request : call;
      const messages = (): AsyncIterable<unknown> => {
        begin();
        onCall(name);
        return handler(input, contextOf(call)) as AsyncIterable<unknown>;
      };
      pump(call, messages, { slowConsumerMs, cut }).catch((error) => {
        if (!call.cancelled) call.emit("error", refused(error));
      });
    };
    return serve;
  }
  const serve: handleUnaryCall<unknown, unknown> & handleClientStreamingCall<unknown, unknown> = (
    call: ServerUnaryCall<unknown, unknown> | ServerReadableStream<unknown, unknown>,
    callback: (error: ReturnType<typeof toStatus> | null, value?: unknown) => void,
  ) => {
    const input = "request" in call ? call.request : call;
    Promise.resolve()
      .then(() => {
        begin();
        return handler(input, contextOf(call));
      })
      .then(
        (value) => {
          onCall(name);
          callback(null, value);
        },
        (error) => callback(refused(error)),
      );
  };
  return serve;
}
