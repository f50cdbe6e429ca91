import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import * as Ed25519Multikey from "@digitalbazaar/ed25519-multikey";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import jsigs from "jsonld-signatures";

const CONTEXT = "https://www.w3.org/ns/credentials/v2";
const CONTROLLER = "https://issuer.example/issuer";
const VERIFIED = 300;

/**
 * Verifications a second of W3C Data Integrity (eddsa-rdfc-2022) over the same credentials, as npm's libraries do it. No document is
 * loaded from anywhere: the contexts are here, and the credentials' own maps every name to one vocabulary, which is less work than the
 * published one.
 */
export async function dataIntegrityRate(credentials: readonly Record<string, unknown>[]): Promise<number> {
  const key = await Ed25519Multikey.generate({ id: `${CONTROLLER}#key`, controller: CONTROLLER });
  const publicKey = await key.export({ publicKey: true, includeContext: true });
  const documents = new Map<string, unknown>([
    [CONTEXT, { "@context": { "@version": 1.1, "@vocab": "https://terms.example/", type: "@type" } }],
    [publicKey.id, publicKey],
    [CONTROLLER, { "@context": "https://w3id.org/security/v2", id: CONTROLLER, assertionMethod: [publicKey.id] }],
  ]);
  const documentLoader = jsigs.extendContextLoader(async (url: string) => {
    const document = documents.get(url);
    if (document === undefined) throw new Error(`the benchmark has no document ${url}`);
    return { contextUrl: null, documentUrl: url, document };
  });
  const purpose = new jsigs.purposes.AssertionProofPurpose();
  const signed = [];
  for (const credential of credentials.slice(0, VERIFIED)) {
    const suite = new DataIntegrityProof({ signer: key.signer(), cryptosuite });
    // Hidden parts and numbers of the JWS's envelope are not what is compared.
    const { inputs: _inputs, lines: _lines, _sd_alg, ...plain } = credential;
    signed.push(await jsigs.sign({ ...plain, "@context": [CONTEXT] }, { suite, purpose, documentLoader }));
  }
  const start = performance.now();
  for (const document of signed) {
    const suite = new DataIntegrityProof({ cryptosuite });
    const { verified, error } = await jsigs.verify(document, { suite, purpose, documentLoader });
    if (!verified) throw error;
  }
  return signed.length / ((performance.now() - start) / 1000);
}
