import { logSpaceDigest } from "@pleiad/sdk/log/logSpaceDigest";
import type { LogSpace } from "@pleiad/sdk/types/logEntry";

export type { LogSpace };

/** The 32 bytes by which every entry names its log; the format is the SDK's, so that a stranger reads it, too. */
export function spaceOf(space: LogSpace): Uint8Array {
  return logSpaceDigest(space);
}
