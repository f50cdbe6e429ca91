// The wire messages and services, generated from proto/tallystick/v1 into proto/gen.
export * from "../gen/tallystick/v1/exchange_pb.js";
export * from "../gen/tallystick/v1/feed_pb.js";
export * from "../gen/tallystick/v1/local_pb.js";
export * from "../gen/tallystick/v1/registry_pb.js";
export * from "../gen/tallystick/v1/witness_pb.js";
