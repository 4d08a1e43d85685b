import type { McpServer } from "@modelcontextprotocol/server";
import { wrongInput } from "@pleiad/sdk/workspace/wrongInput";
import { z } from "zod";
import { outcomeOf } from "../face/counters.ts";
import { plain } from "../face/plain.ts";
import type { McpContext } from "./context.ts";
import { passThrough } from "./passThrough.ts";
import { answerResult, errorResult } from "./toolResult.ts";
import { TOOL_TEXTS } from "./toolTexts.ts";

/** What an operator may do with clusters. What is not there is no tool. */
export interface ClusterAdmin {
  list?(): Promise<readonly ClusterSummary[]>;
  /** @throws PleiadError */
  create?(options: { readonly name: string; readonly description: string }): Promise<ClusterSummary>;
  /** @throws PleiadError */
  addAgent?(options: { readonly cluster: bigint; readonly agent: bigint }): Promise<ClusterSummary>;
}

export interface ClusterSummary {
  readonly cluster: bigint;
  readonly name: string;
  readonly owner: string;
  readonly agents: readonly { readonly agent: bigint; readonly name: string }[];
}

const id = z.string().regex(/^\d{1,78}$/, { error: "expected a whole number as digits" });
const summary = z.object({
  cluster: id,
  name: z.string(),
  owner: z.string(),
  agents: z.array(z.object({ agent: id, name: z.string() })),
});

const listInput = z.strictObject({});
const createInput = z.strictObject({
  name: z.string().min(1).max(64).meta({ description: "What people call it." }),
  description: z.string().max(1_024).meta({ description: "What it is for, in a sentence or two." }),
});
const addInput = z.strictObject({
  cluster: id.meta({ description: "The cluster's number, as digits." }),
  agent: id.meta({ description: "The agent's number, as digits." }),
});

/** Adds the tools that operators have, and nobody else sees. */
export function addClusterTools(server: McpServer, context: McpContext): void {
  const { clusters, speaker } = context;
  if (clusters === undefined || speaker.credential.kind !== "node") return;
  const add = <Input extends z.ZodObject>(
    name: string,
    input: Input,
    output: z.ZodObject,
    run: (given: z.output<Input>) => Promise<Readonly<Record<string, unknown>>>,
  ) =>
    server.registerTool(
      name,
      {
        title: TOOL_TEXTS[name]?.title ?? name,
        description: TOOL_TEXTS[name]?.description ?? name,
        inputSchema: passThrough(input),
        outputSchema: output,
        annotations: { readOnlyHint: TOOL_TEXTS[name]?.readOnly === true, openWorldHint: true },
      },
      async (given: unknown) => {
        try {
          const checked = input.safeParse(given ?? {});
          if (!checked.success) throw wrongInput({ name, input }, checked.error);
          const answered = answerResult(output.parse(plain(await run(checked.data))));
          context.counters?.tool(name, "ok");
          return answered;
        } catch (error) {
          context.counters?.tool(name, outcomeOf(error));
          return errorResult(error);
        }
      },
    );
  const { list, create, addAgent } = clusters;
  if (list !== undefined)
    add("clusters.list", listInput, z.object({ clusters: z.array(summary) }), async () => ({
      clusters: await list(),
    }));
  if (create !== undefined)
    add("clusters.create", createInput, z.object({ cluster: summary }), async (given) => ({
      cluster: await create(given),
    }));
  if (addAgent !== undefined)
    add("clusters.add_agent", addInput, z.object({ cluster: summary }), async ({ cluster, agent }) => ({
      cluster: await addAgent({ cluster: BigInt(cluster), agent: BigInt(agent) }),
    }));
}
