import type { EndpointInput, WorkspaceEndpoint } from "@pleiad/sdk/workspace/endpoint";
import { wrongInput } from "@pleiad/sdk/workspace/wrongInput";
import { workspaceError } from "../errors.ts";
import type { WorkspaceOperations } from "../types.ts";
import { runOf } from "../views/turns.ts";
import { plain } from "./plain.ts";

/** What an endpoint answers, as JSON. */
export type FaceAnswer = Readonly<Record<string, unknown>>;

/** An endpoint with what answers it: the HTTP routes and the tools of MCP are made of the same ones. */
export interface FaceOperation {
  readonly endpoint: WorkspaceEndpoint;
  /**
   * Checks the input, does it with what a credential may do, and answers in the endpoint's form.
   *
   * @throws PleiadError WORKSPACE_INPUT_INVALID, REQUEST_ID_INVALID, or what the workspace refuses with
   */
  run(operations: WorkspaceOperations, input: unknown): Promise<FaceAnswer>;
}

/** Ties an endpoint to the workspace. */
export function bindOperation<Endpoint extends WorkspaceEndpoint>(
  endpoint: Endpoint,
  run: (operations: WorkspaceOperations, input: EndpointInput<Endpoint>) => Promise<object>,
): FaceOperation {
  return {
    endpoint,
    async run(operations, input) {
      const checked = endpoint.input.safeParse(input);
      if (!checked.success) throw wrongInput(endpoint, checked.error);
      requireOwnRequest(checked.data);
      const given = Object.entries(checked.data).filter(([, value]) => value !== undefined);
      const answer = await run(operations, Object.fromEntries(given) as EndpointInput<Endpoint>);
      // What the schema does not name goes to nobody; what it names and is not there is a bug.
      return endpoint.output.parse(plain(answer)) as FaceAnswer;
    },
  };
}

/** Posts of executions have names of their own: whoever took one would stand in the answer's place. */
function requireOwnRequest({ requestId }: { readonly requestId?: unknown }): void {
  if (typeof requestId !== "string" || runOf(requestId) === undefined) return;
  throw workspaceError("REQUEST_ID_INVALID", `${requestId} is the name of what an execution says`, {
    hint: "take another requestId",
    details: { requestId },
  });
}
