import type { KeyKind } from "@tallystick/registry";

const lost = (consequence: string): KeyKind => ({ consequence, derived: false });
const derived = (consequence: string): KeyKind => ({ consequence, derived: true });

const LOG = "the log does not open, or not all of it can be served";
const FOLLOWED = "the followed feed cannot be verified further, or not proved";

/** Every key that a node writes, by its form (see node-records.ts). A kind that is added there is added here. */
const KINDS: readonly (readonly [form: RegExp, kind: KeyKind])[] = [
  [
    /^log\/(feed|journal)\/tile\/\d\/\d{16}$/,
    derived("proofs over these entries fail; it is built again from the leaves"),
  ],
  [/^log\/(feed|journal)\/(state|final|leaf\/\d{16}|checkpoint\/\d{16})$/, lost(LOG)],
  [/^own\/publication\/\d{12}$/, lost("the entry cannot be delivered, nor superseded")],
  [/^own\/delivery\/\d{12}$/, lost("the buyer is told that the delivery was withheld")],
  [/^agreement\/(sale|purchase)\/[\w-]+$/, lost("the agreement is forgotten")],
  [/^agreement\/offer\/[\w-]+$/, lost("the offer is made anew")],
  [/^follow\/[\w-]+\/(state|leaf\/\d{12}|note\/\d{12}|attestation\/\d{12}|exhibit\/\d{12}|offered)$/, lost(FOLLOWED)],
  [
    /^follow\/[\w-]+\/(undated\/\d{12}|disputed\/\d{12}|keys-reviewed)$/,
    lost("entries by keys out of use are not judged right"),
  ],
  [
    /^replica\/(members|contracts|factors|claims)\/(state|floor|(leaf|final)\/\d{12})$/,
    derived("the copy of the registry is fetched again"),
  ],
  [/^replica\/rows\/[0-9a-f]{64}\/\d{12}$/, derived("the rows are fetched again")],
  [/^access\/\d{12}$/, lost("an entry of the access log")],
  [/^access\/\d{12}$/, lost("one line of who connected")],
  [/^ledger-version\/\d{12}$/, lost("a ledger line, and with it the total")],
  [/^ledger\/./, lost("a ledger line, and with it the total")],
  [/^policy\/(inventory|reporting)\/\d{12}$/, lost("a policy's history, and what was computed under it")],
  [/^period\/(record|report)\/./, lost("a signed report")],
  [/^meta\/restored$/, lost("a restored log might sign what it had signed otherwise")],
];

export function nodeKeyKind(key: string): KeyKind | undefined {
  return KINDS.find(([form]) => form.test(key))?.[1];
}
