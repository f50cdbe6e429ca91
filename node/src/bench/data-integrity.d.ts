// What the benchmark uses of packages that come without types.

declare module "@digitalbazaar/data-integrity" {
  export class DataIntegrityProof {
    constructor(options: { readonly signer?: unknown; readonly cryptosuite: unknown });
  }
}

declare module "@digitalbazaar/eddsa-rdfc-2022-cryptosuite" {
  export const cryptosuite: unknown;
}

declare module "@digitalbazaar/ed25519-multikey" {
  interface KeyPair {
    export(options: { publicKey: true; includeContext: true }): Promise<{ id: string }>;
    signer(): unknown;
  }
  export function generate(options: { id: string; controller: string }): Promise<KeyPair>;
}

declare module "jsonld-signatures" {
  interface Options {
    readonly suite: unknown;
    readonly purpose: unknown;
    readonly documentLoader: unknown;
  }
  const jsigs: {
    extendContextLoader(load: (url: string) => Promise<unknown>): unknown;
    readonly purposes: { readonly AssertionProofPurpose: new () => unknown };
    sign(document: object, options: Options): Promise<object>;
    verify(document: object, options: Options): Promise<{ verified: boolean; error?: Error }>;
  };
  export default jsigs;
}
