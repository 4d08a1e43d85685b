import { validationRegistryAbi } from "@pleiad/sdk/abi/validationRegistry";
import { respondToValidation } from "@pleiad/sdk/actions/respondToValidation";
import { zeroHash } from "viem";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { withContract } from "../periphery.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";
import { hashOf } from "../validations.ts";

/** ERC-8004's scale. */
const RESPONSE_MAX = 100;

interface Options extends SigningOptions {
  readonly tag: string;
  readonly uri: string;
  readonly hash?: string;
}

/** `pleiad validation respond REQUEST RESPONSE`: answers as the validator that was asked. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<request>", "the hash that `validation request` told; the validator that it names signs")
    .argument("<response>", "0 for failed to 100 for passed; a later answer replaces the one before")
    .option("--tag <text>", "what was checked, at most 64 bytes", "")
    .option("--uri <uri>", "where the evidence is", "")
    .option("--hash <hash>", "keccak-256 of the evidence");
  addSigningOptions(command);
  const request = `0x${"5f".repeat(32)}`;
  addExamples(command, [
    [`pleiad validation respond ${request} 100 --tag reproduced`, "it passed"],
    [`pleiad validation respond ${request} 0 --key validator.key --yes --json`, "it failed; for a program"],
  ]);
  setAction<Options>(command, around, async (context, hash, text) => {
    const { options, output } = context;
    const [request, response] = [hashOf(hash), responseOf(text)];
    const { tag, uri } = options;
    const evidence = options.hash === undefined ? zeroHash : hashOf(options.hash);
    const { chain, sender } = await openSigning(context);
    const deployment = withContract(chain.deployment, "validationRegistry");
    const sent = await sendOne(
      {
        call: {
          address: deployment.validationRegistry,
          abi: validationRegistryAbi,
          functionName: "validationResponse",
          args: [request, response, uri, evidence, tag],
        },
        question: `Answer request ${request} with ${response} of ${RESPONSE_MAX}`,
        doing: "answering",
        send: () =>
          respondToValidation(sender.client, { deployment, request, response, uri, hash: evidence, tag }),
      },
      chain,
      sender,
      context,
    );
    output.json({ request, response, validator: sender.address, tag, ...sentJson(sent) });
    output.facts([
      ["request", request],
      ["answer", output.style.title(`${response} of ${RESPONSE_MAX}`)],
      sentFact(sent),
    ]);
    return 0;
  });
};

/** @throws PleiadError USAGE_INVALID */
function responseOf(text: string | undefined): number {
  const response = Number(text);
  if (text !== undefined && /^\d{1,3}$/.test(text) && response <= RESPONSE_MAX) return response;
  throw cliError("USAGE_INVALID", `"${text}" is no response: expected a whole number from 0 to 100`);
}
