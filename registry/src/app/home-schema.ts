import { z } from "zod";

/** `registry.json` of a registry's folder. */
export interface HomeDocument {
  readonly v: 1;
  readonly host: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Ids of maintainers, present and to be, whose keys may lie in the folder. */
  readonly maintainers: string[];
}

export const homeSchema: z.ZodType<HomeDocument> = z.strictObject({
  v: z.literal(1),
  host: z.string(),
  grpcPort: z.int().min(0).max(65_535),
  httpPort: z.int().min(0).max(65_535),
  maintainers: z.array(z.string()).min(1).max(64),
});
