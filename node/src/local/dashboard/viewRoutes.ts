import type { FastifyInstance } from "fastify";
import { ANYBODY_VIEWS, OPERATES, OPERATOR_VIEWS } from "../../api/access.ts";
import type { ChainReads } from "./chainReads.ts";
import type { CreditDesk } from "./credits.ts";
import type { FinalityReads } from "./finalityReads.ts";
import { idIn } from "./ids.ts";
import type { NetworkReads } from "./networkReads.ts";
import type { ReceiptReads } from "./receiptReads.ts";
import { creditsQuery, feedbackQuery, versionsQuery, withdrawBody } from "./viewSchemas.ts";

export interface ViewModules {
  readonly reads: ChainReads;
  readonly network: NetworkReads;
  readonly finality: FinalityReads;
  readonly receipts: ReceiptReads;
  readonly credits: CreditDesk;
}

/** Adds what the chain's views ask beside lists and stories. Bytes by reference are the operator's, so receipts are, too. */
export function mountViews(
  app: FastifyInstance,
  { reads, network, finality, receipts, credits }: ViewModules,
): void {
  const anybody = { config: { access: ANYBODY_VIEWS } };
  const operator = { config: { access: OPERATOR_VIEWS } };

  app.get("/chain/clusters/:cluster/versions", anybody, async ({ params, query }) =>
    reads.versionsOf(idIn(params, "cluster"), versionsQuery.parse(query)),
  );
  app.get("/chain/clusters/:cluster/versions/:version/file", anybody, async ({ params }) =>
    reads.versionFile(idIn(params, "cluster"), idIn(params, "version")),
  );
  app.get("/chain/executions/:execution/costs", anybody, async ({ params }) =>
    reads.costs(idIn(params, "execution")),
  );
  app.get("/chain/nodes/:node", anybody, async ({ params }) => network.node(idIn(params, "node")));
  app.get("/chain/models/:model", anybody, async ({ params }) => network.model(idIn(params, "model")));
  app.get("/chain/agents/:agent", anybody, async ({ params }) => network.agent(idIn(params, "agent")));
  app.get("/chain/feedback", anybody, async ({ query }) => network.feedback(feedbackQuery.parse(query)));
  app.get("/chain/finality", anybody, async () => finality.finality());
  app.get("/chain/executions/:execution/receipt", operator, async ({ params }, reply) => {
    const id = idIn(params, "execution");
    const text = await receipts.text(id);
    return reply
      .type("application/json; charset=utf-8")
      .header("content-disposition", `attachment; filename="receipt-${id}.json"`)
      .send(text);
  });
  app.get("/chain/executions/:execution/verification", operator, async ({ params }) =>
    receipts.verify(idIn(params, "execution")),
  );
  app.get("/chain/credits", operator, async ({ query }) => credits.list(creditsQuery.parse(query)));
  app.post("/chain/credits/withdraw", { config: { access: OPERATES } }, async ({ body }) =>
    credits.withdraw(withdrawBody.parse(body)),
  );
}
