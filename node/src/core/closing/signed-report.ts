import type { ReportWithLines } from "./inventory-report.ts";

/** A signed report, whole: what is handed to an assurer. */
export interface SignedReport extends ReportWithLines {
  /** Compact JWSs of the statement that closes the period with this report. */
  readonly signatures: readonly string[];
  /** Compact JWS by which the member vouches for those who signed (see `verifyVouch`). */
  readonly vouch?: string;
}
