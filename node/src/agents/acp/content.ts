import type { ContentBlock, PromptCapabilities } from "@agentclientprotocol/sdk";
import { AgentError } from "../errors.ts";
import type { Attachment, Turn } from "../session.ts";
import { invalidUtf8Offset } from "../text.ts";

/** Files of one prompt, together. Base64 makes a third more of them, and they are in memory until the agent has read them. */
export const ACP_ATTACHMENTS_BYTES_MAX = 16_777_216;
/** Files of one prompt. */
export const ACP_ATTACHMENTS_MAX = 32;

/**
 * A turn's text and files as the protocol has them. Images, sounds and other files each go only to an agent that says that it
 * takes them.
 *
 * @throws AgentError AGENT_ATTACHMENT_REFUSED
 */
export function promptContent(
  { text, attachments = [] }: Pick<Turn, "text" | "attachments">,
  takes: PromptCapabilities,
): ContentBlock[] {
  const bytes = attachments.reduce((sum, attachment) => sum + attachment.bytes.length, 0);
  if (attachments.length > ACP_ATTACHMENTS_MAX)
    throw refused(`at most ${ACP_ATTACHMENTS_MAX} files go with a prompt, not ${attachments.length}`);
  if (bytes > ACP_ATTACHMENTS_BYTES_MAX)
    throw refused(`the files have ${bytes} bytes together, at most ${ACP_ATTACHMENTS_BYTES_MAX}`);
  return [{ type: "text", text }, ...attachments.map((attachment) => blockOf(attachment, takes))];
}

function blockOf({ name, mediaType, bytes }: Attachment, takes: PromptCapabilities): ContentBlock {
  const data = (): string => Buffer.from(bytes).toString("base64");
  const uri = `attachment:///${encodeURIComponent(name)}`;
  if (mediaType.startsWith("image/") && takes.image === true)
    return { type: "image", mimeType: mediaType, data: data(), uri };
  if (mediaType.startsWith("audio/") && takes.audio === true)
    return { type: "audio", mimeType: mediaType, data: data() };
  if (takes.embeddedContext !== true)
    throw refused(`the agent takes no files of the kind ${mediaType} (${name})`);
  const isText = mediaType.startsWith("text/") && invalidUtf8Offset(bytes) === undefined;
  const content = isText ? { text: Buffer.from(bytes).toString() } : { blob: data() };
  return { type: "resource", resource: { uri, mimeType: mediaType, ...content } };
}

function refused(message: string): AgentError {
  return new AgentError("AGENT_ATTACHMENT_REFUSED", message);
}
