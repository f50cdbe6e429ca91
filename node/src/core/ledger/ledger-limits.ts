/** Largest ledger file (bytes), most rows in it, largest row (characters), and faults reported of one file. */
export const LEDGER_LIMITS = {
  fileBytes: 240 * 1024 * 1024,
  rows: 1_000_000,
  rowChars: 65_536,
  reportedIssues: 50_000,
} as const;
