import { contractsOf, type Deployment } from "@pleiad/sdk/types/deployment";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ANYBODY_VIEWS, OPERATOR_ACTS } from "../../api/access.ts";
import type { ProjectionReader } from "../../chain/projection.ts";
import { type Json, operationDoc, pathPart } from "../../workspace/http/operationDoc.ts";
import { LOCAL_WALLET_BODY_BYTES_MAX } from "./limits.ts";
import type { LocalWallet } from "./localWallet.ts";

/** What a page needs to make clusters and to run them: where the contracts are, whether a slug is free, and a wallet on a local chain. */

const address = z.string().meta({ description: "0x and 40 hex digits" });

const deploymentAnswer = z.object({
  chainId: z.number(),
  fromBlock: z.string().meta({ description: "the block from which on the log has something to say" }),
  finalDepth: z.number().meta({ description: "blocks on top of one, after which nothing takes it away" }),
  contracts: z.record(z.string(), address).meta({ description: "by name, as in deployment.json" }),
  localAccount: address
    .nullable()
    .meta({ description: "from which POST /chain/rpc sends; null where this is no local development chain" }),
  walletRpcUrl: z.string().nullable().meta({
    description: "for a wallet that does not know the chain; null where the address may hold a key",
  }),
});

const slugAnswer = z.object({
  slug: z.string(),
  cluster: z.string().nullable().meta({ description: "that has it; null where it is free" }),
});

const rpcBody = z.strictObject({
  method: z.string().max(64),
  params: z.array(z.unknown()).max(4).default([]),
});

const rpcAnswer = z.object({
  result: z.unknown().optional(),
  error: z
    .object({ code: z.number(), message: z.string(), data: z.unknown().optional() })
    .optional()
    .meta({ description: "the chain's own" }),
});

const SLUG = /^[a-z0-9-]{3,31}$/;

export interface MakingModules {
  readonly deployment: Deployment;
  readonly projection: Pick<ProjectionReader, "clusters">;
  readonly wallet: LocalWallet;
  readonly finalDepth: number;
  /** An address of the chain's that may be told to everybody; null where there is none. */
  readonly walletRpcUrl: () => string | null;
}

/** Adds those routes. Refusals are worded by whoever mounts it. */
export function mountMaking(app: FastifyInstance, modules: MakingModules): void {
  const { deployment, projection, wallet, finalDepth, walletRpcUrl } = modules;
  const anybody = { config: { access: ANYBODY_VIEWS } };
  app.get("/chain/deployment", anybody, async (): Promise<z.output<typeof deploymentAnswer>> => {
    const { chainId, fromBlock } = deployment;
    return {
      chainId,
      fromBlock: String(fromBlock),
      finalDepth,
      contracts: Object.fromEntries(contractsOf(deployment)),
      localAccount: wallet.account ?? null,
      walletRpcUrl: walletRpcUrl(),
    };
  });
  app.get("/chain/slugs/:slug", anybody, async ({ params }): Promise<z.output<typeof slugAnswer>> => {
    const slug = z
      .string()
      .regex(SLUG, "is no slug")
      .parse((params as { readonly slug: string }).slug);
    const found = projection.clusters().find((cluster) => cluster.slug === slug);
    return { slug, cluster: found === undefined ? null : String(found.cluster) };
  });
  app.post(
    "/chain/rpc",
    { config: { access: OPERATOR_ACTS }, bodyLimit: LOCAL_WALLET_BODY_BYTES_MAX },
    async ({ body }) => {
      const { method, params } = rpcBody.parse(body);
      return wallet.request(method, params);
    },
  );
}

/** The same for the OpenAPI document. */
export function makingPaths(): Json {
  return {
    "/chain/deployment": {
      get: operationDoc({
        operationId: "deployment",
        summary: "Where the contracts are, and who may sign in a page",
        answer: deploymentAnswer,
      }),
    },
    "/chain/slugs/{slug}": {
      get: operationDoc({
        operationId: "slug",
        summary: "Whether a cluster has a slug",
        parameters: [
          pathPart("slug", "3 to 31 lower-case letters, digits and hyphens", {
            type: "string",
            pattern: SLUG.source,
          }),
        ],
        answer: slugAnswer,
      }),
    },
    "/chain/rpc": {
      post: operationDoc({
        operationId: "local_wallet",
        summary:
          "Ask the local development chain that pleiad up started, or send from the account that it lends to the page; refused everywhere else",
        body: rpcBody,
        answer: rpcAnswer,
      }),
    },
  };
}
