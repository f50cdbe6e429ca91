import { ServerInterceptingCall, type ServerInterceptor, ServerListenerBuilder, status } from "@grpc/grpc-js";

/** How long the one message of a request may be on its way, from the headers on. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** Ends calls whose request does not come in time: a peer that sends a byte now and then holds nothing here (ROAD-6). */
export function requestDeadline(timeoutMs: number): ServerInterceptor {
  return (method, call) => {
    // A stream of requests has its reader to end it.
    if (method.requestStream) return new ServerInterceptingCall(call);
    let timer: NodeJS.Timeout | undefined;
    const arrived = (): void => clearTimeout(timer);
    const intercepted: ServerInterceptingCall = new ServerInterceptingCall(call, {
      start: (next) => {
        const listener = new ServerListenerBuilder()
          .withOnReceiveMetadata((metadata, go) => {
            timer = setTimeout(() => {
              intercepted.sendStatus({ code: status.DEADLINE_EXCEEDED, details: "the request did not come in time" });
            }, timeoutMs);
            timer.unref();
            go(metadata);
          })
          .withOnReceiveHalfClose((go) => {
            arrived();
            go();
          })
          .withOnCancel(arrived)
          .build();
        next(listener);
      },
    });
    return intercepted;
  };
}
