import { randomBytes } from "node:crypto";
import { validationRegistryAbi } from "@pleiad/sdk/abi/validationRegistry";
import { type CompletionToValidate, requestValidation } from "@pleiad/sdk/actions/requestValidation";
import { type Address, bytesToHex, type Hex, zeroHash } from "viem";
import { cliError } from "../cliError.ts";
import { addExamples, addressOf, type DefineCommand, idOf, parseCountOption, setAction } from "../define.ts";
import { withContract } from "../periphery.ts";
import { type ContractCall, sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";
import { completionOf, hashOf } from "../validations.ts";

/** The contract takes any 32 bytes. */
const SALT_BYTES = 32;

interface Options extends SigningOptions {
  readonly execution?: bigint;
  readonly task?: string;
  readonly hash?: string;
  readonly uri: string;
  readonly again?: boolean;
}

type Subject =
  | { readonly request: Hex; readonly completion?: undefined }
  | { readonly request?: undefined; readonly completion: CompletionToValidate };

/** `pleiad validation request AGENT VALIDATOR`: asks a validator to check an agent's work. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<agent>", "the agent's id; its owner signs")
    .argument("<validator>", "the account that shall check")
    .option("--execution <id>", "an accepted answer of this run", parseCountOption)
    .option("--task <name>", "of that, which task (default: the one that the agent did)")
    .option("--hash <hash>", "for work outside of executions: keccak-256 of what is at --uri")
    .option("--uri <uri>", "where the validator finds what it needs", "")
    .option("--again", "of an execution: another request about what was asked about before");
  addSigningOptions(command);
  const validator = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
  addExamples(command, [
    [`pleiad validation request 0 ${validator} --execution 3`, "the answer of agent 0 in execution 3"],
    [
      `pleiad validation request 0 ${validator} --execution 3 --task read --yes --json`,
      "of several tasks this one; for a program",
    ],
  ]);
  setAction<Options>(command, around, async (context, id, account) => {
    const { options, output } = context;
    const [agent, validator] = [idOf(id), addressOf(account)];
    requireOneSubject(options);
    const { chain, sender } = await openSigning(context);
    const deployment = withContract(chain.deployment, "validationRegistry");
    const { execution, task, uri } = options;
    const subject: Subject =
      execution === undefined
        ? { request: hashOf(options.hash) }
        : {
            completion: {
              ...(await completionOf(chain, { agent, execution, task })),
              salt: options.again === true ? bytesToHex(randomBytes(SALT_BYTES)) : zeroHash,
            },
          };
    const about = execution === undefined ? "" : ` in execution ${execution}`;
    const sent = await sendOne(
      {
        call: {
          ...callOf(subject, { validator, agent, uri }),
          address: deployment.validationRegistry,
          abi: validationRegistryAbi,
        },
        question: `Ask ${validator} to check the work of agent ${agent}${about}`,
        doing: "asking for the validation",
        send: () => requestValidation(sender.client, { deployment, agent, validator, uri, ...subject }),
      },
      chain,
      sender,
      context,
    );
    const { request } = sent;
    output.json({
      request,
      agent: Number(agent),
      validator,
      executionId: execution === undefined ? null : Number(execution),
      task: subject.completion?.task ?? null,
      ...sentJson(sent),
    });
    output.facts([["request", output.style.title(request)], ["validator", validator], sentFact(sent)]);
    output.line();
    output.line(`The validator answers:  pleiad validation respond ${request} RESPONSE`);
    return 0;
  });
};

/** An answer of a run, or something else: one of the two. */
function requireOneSubject({ execution, task, hash, again }: Options): void {
  if (execution !== undefined && hash === undefined) return;
  if (execution === undefined && hash !== undefined && task === undefined && again === undefined) {
    hashOf(hash);
    return;
  }
  throw cliError("USAGE_INVALID", "what shall be checked is not clear", {
    hint: "give --execution, with --task where the agent had several; or --hash with --uri for other work",
  });
}

/** The call as the registry gets it. */
function callOf(
  { request, completion }: Subject,
  { validator, agent, uri }: { readonly validator: Address; readonly agent: bigint; readonly uri: string },
): Pick<ContractCall, "functionName" | "args"> {
  if (completion === undefined)
    return { functionName: "validationRequest", args: [validator, agent, uri, request] };
  const { execution, task, outputDigest, salt, run } = completion;
  const proof = run ?? { inputDigest: zeroHash, outputDigests: [] };
  const about = { execution, task: BigInt(task), outputDigest };
  return {
    functionName: "requestCompletionValidation",
    args: [validator, agent, uri, about, salt, proof],
  };
}
