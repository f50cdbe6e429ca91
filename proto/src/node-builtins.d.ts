// The only machine facilities that the pure packages may name, and only through platform.ts.
// Declared here by hand so that Buffer, process, fetch and timers are not even names elsewhere.
declare module "node:crypto" {
  export interface KeyObject {
    readonly type: string;
  }
  export function hash(algorithm: string, data: Uint8Array, outputEncoding: "buffer"): Uint8Array;
  export function createPublicKey(key: { format: "jwk"; key: Record<string, string> }): KeyObject;
  export function createPrivateKey(key: { format: "jwk"; key: Record<string, string> }): KeyObject;
  export function sign(algorithm: null, data: Uint8Array, key: KeyObject): Uint8Array;
  export function verify(algorithm: null, data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean;
  export function verify(
    algorithm: null,
    data: Uint8Array,
    key: KeyObject,
    signature: Uint8Array,
    callback: (error: Error | null, valid: boolean) => void,
  ): void;
}

declare module "node:buffer" {
  export class Buffer extends Uint8Array {
    static from(text: string, encoding: "utf8" | "latin1" | "base64" | "base64url" | "hex"): Buffer;
    static from(buffer: ArrayBufferLike, byteOffset: number, length: number): Buffer;
    static alloc(size: number, fill: number): Buffer;
    static compare(a: Uint8Array, b: Uint8Array): -1 | 0 | 1;
    toString(encoding?: "utf8" | "latin1" | "base64" | "base64url" | "hex"): string;
  }
  export function isUtf8(input: Uint8Array): boolean;
}
