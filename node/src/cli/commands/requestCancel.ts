import { invalidateRequestNonces } from "@pleiad/sdk/actions/invalidateRequestNonces";
import { isRequestNonceUsed } from "@pleiad/sdk/actions/isRequestNonceUsed";
import { contractError } from "@pleiad/sdk/errors/contractError";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { addRequestArguments, openRequest } from "../requestBringing.ts";
import { requestJson } from "../requestFile.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import type { SigningOptions } from "../signing.ts";

/** `pleiad request cancel FILE`: makes a request worthless that nobody has brought. */
export const define: DefineCommand = (command, around) => {
  addRequestArguments(command, "its requester signs");
  addExamples(command, [
    ["pleiad request cancel run.json", "whoever has the file cannot bring it any more"],
    ["pleiad request cancel run.json --key mine.key --yes --json", "without asking; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, file) => {
    const { output } = context;
    const { chain, sender, deployment, signed } = await openRequest(context, file);
    const { requester, nonce, cluster } = signed.request;
    if (requester !== sender.address) {
      const message = `the request is of ${requester}, not of ${sender.address}`;
      throw cliError("SIGNED_REQUEST_FOREIGN", message, { details: { requester, address: sender.address } });
    }
    // The contract takes any of one's own nonces: that it was brought already is for us to say.
    if (await isRequestNonceUsed(chain.client, { deployment, requester, nonce }))
      throw contractError("RequestNonceUsed", [requester, nonce]);
    const sent = await sendOne(
      {
        question: `Make the request of ${requester} for cluster ${cluster} worthless`,
        doing: "cancelling the request",
        send: () => invalidateRequestNonces(sender.client, { deployment, nonces: [nonce] }),
      },
      chain,
      sender,
      context,
    );
    output.json({ ...requestJson(signed), cancelled: true, ...sentJson(sent) });
    output.facts([["requester", requester], ["state", "worthless"], sentFact(sent)]);
    return 0;
  });
};
