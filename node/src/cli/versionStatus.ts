import type { VersionStatus } from "@pleiad/sdk/types/states";

/** What a person has to know of a version that not everybody can run; undefined where everybody can. */
export function statusText(status: VersionStatus): string | undefined {
  switch (status) {
    case "Accepting":
      return undefined;
    case "Restricted":
      return "only the cluster's owner and who has a grant may run it";
    case "Stopped":
      return "it was stopped: it takes no new executions any more";
    case "Closed":
      return "the cluster is closed: it takes no new executions now";
    case "Unknown":
      return "it was never published";
    default:
      return status satisfies never;
  }
}
