import type { SignedInvitation } from "@pleiad/sdk/actions/signInvitation";
import type { ActionContext } from "./define.ts";
import { readTextFile } from "./inputFile.ts";
import { INVITATION_BYTES_MAX, parseInvitation } from "./invitationFile.ts";
import { openSigning, type Signing, type SigningOptions } from "./signing.ts";

/** An invitation from its file, and who does something about it. @throws PleiadError those of file, chain and key */
export async function openInvitation(
  context: ActionContext<SigningOptions>,
  file: string,
): Promise<Signing & { readonly signed: SignedInvitation }> {
  const text = await readTextFile(file, context.around.cwd, INVITATION_BYTES_MAX);
  const signing = await openSigning(context);
  return { ...signing, signed: parseInvitation(text, signing.chain.deployment) };
}
