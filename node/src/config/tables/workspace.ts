import { field, section } from "../fields.ts";
import { serviceName } from "../schemas.ts";

/** What the agents of a cluster share. */
export const WORKSPACE_KEYS = {
  workspace: section("What the agents of a cluster share: messages, whiteboard, memory, threads.", {
    embeddings: field({
      meaning:
        "Name of a service of kind `http` that makes vectors of memories (`POST {baseUrl}/embeddings`, with the service's model and key), so that `recall` finds also " +
        "what is said in other words. The texts of memories go there. Without it, or while it fails, memories are found by their words.",
      expected: "the name of an http service in `services`",
      schema: serviceName.nullable(),
      default: null,
      defaultText: "none: by words alone",
    }),
  }),
};
