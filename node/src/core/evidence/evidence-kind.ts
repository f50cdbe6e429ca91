import { evidenceError } from "./evidence-errors.ts";
import { FAULT_TYPE } from "./fault/fault-document.ts";

/** What a file of evidence is, told by how it begins and ends; nothing of it is verified. */
export type EvidenceKind = "bundle" | "fault" | "note";

const BUNDLE_START = "tallystick/bundle/";
/** In canonical form a fault document begins with its first name and ends with its type. */
const FAULT_START = '{"exhibit":';
const FAULT_END = `"type":"${FAULT_TYPE}"}`;

const MAX_NOTE_BYTES = 65_536;

/** @throws EVIDENCE_NOT_RECOGNISED */
export function kindOfEvidence(bytes: Uint8Array): EvidenceKind {
  const text = (from: number, to?: number): string => new TextDecoder().decode(bytes.subarray(from, to));
  if (text(0, BUNDLE_START.length) === BUNDLE_START) return "bundle";
  if (text(0, FAULT_START.length) === FAULT_START && text(-FAULT_END.length) === FAULT_END) return "fault";
  // A signed note (C2SP signed-note v1.0.0) ends in signature lines.
  if (bytes.length <= MAX_NOTE_BYTES && /\n\n\u2014 [^\n]+\n(?:\u2014 [^\n]+\n)*$/.test(text(0))) return "note";
  throw evidenceError("EVIDENCE_NOT_RECOGNISED", { sizeBytes: bytes.length });
}
