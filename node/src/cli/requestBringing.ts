import type { RouterDeployment } from "@pleiad/sdk/types/periphery";
import type { Command } from "commander";
import type { ActionContext } from "./define.ts";
import { readTextFile } from "./inputFile.ts";
import { withContract } from "./periphery.ts";
import { parseRequest, REQUEST_BYTES_MAX, type RequestFile } from "./requestFile.ts";
import { addSigningOptions, openSigning, type Signing, type SigningOptions } from "./signing.ts";

/** A request out of its file, and who does something about it. */
export interface RequestOpened extends Signing {
  readonly deployment: RouterDeployment;
  readonly signed: RequestFile;
}

/** Adds what `request send` and `request cancel` take. */
export function addRequestArguments(command: Command, who: string): Command {
  command.argument("<file>", `what \`request sign\` wrote; ${who}`);
  return addSigningOptions(command);
}

/** Reads the file, before any chain is asked. @throws PleiadError SIGNED_REQUEST_INVALID and those of `openSigning` */
export async function openRequest(
  context: ActionContext<SigningOptions>,
  file: string | undefined,
): Promise<RequestOpened> {
  const text = await readTextFile(file ?? "", context.around.cwd, REQUEST_BYTES_MAX);
  const { chain, sender } = await openSigning(context);
  const deployment = withContract(chain.deployment, "executionRouter");
  return { chain, sender, deployment, signed: parseRequest(text, deployment) };
}
