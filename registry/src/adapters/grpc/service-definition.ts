import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

type Init = MessageInitShape<DescMessage>;
type Message = MessageShape<DescMessage>;

/** A protobuf-es service as grpc-js wants it: no second generator, one type for each message. */
export function toGrpcServiceDefinition(service: DescService): ServiceDefinition {
  return Object.fromEntries(service.methods.map((method) => [method.localName, toMethodDefinition(service, method)]));
}

function toMethodDefinition(service: DescService, method: DescMethod): MethodDefinition<Init, Message> {
  const encode = (schema: DescMessage) => (message: Init) => Buffer.from(toBinary(schema, create(schema, message)));
  const decode = (schema: DescMessage) => (bytes: Buffer) => fromBinary(schema, bytes);
  return {
    path: `/${service.typeName}/${method.name}`,
    originalName: method.localName,
    requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
    responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
    requestSerialize: encode(method.input),
    requestDeserialize: decode(method.input),
    responseSerialize: encode(method.output),
    responseDeserialize: decode(method.output),
  } as MethodDefinition<Init, Message>;
}
