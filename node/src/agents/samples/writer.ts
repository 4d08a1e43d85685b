#!/usr/bin/env node
/**
 * The sample writer: composes a brief in Markdown from the reader's notes, which stand in the first part `output …` of
 * the prompt; a prompt without fences is the notes themselves.
 */
import { composeBrief } from "./compose.ts";
import { cutAtSentenceEnd } from "./cut.ts";
import { cleanText, decodeUtf8 } from "./decode.ts";
import { OUTPUT_BYTES_MAX } from "./limits.ts";
import { parseNotes } from "./notes.ts";
import { beginsWithFence, parsePrompt, requireOutputs } from "./parts.ts";
import { runProgram } from "./program.ts";

await runProgram("writer", (prompt) => {
  const notes = beginsWithFence(prompt)
    ? requireOutputs(parsePrompt(prompt), "writer", "reader")[0].data
    : prompt;
  return cutAtSentenceEnd(
    composeBrief(parseNotes(cleanText(decodeUtf8(notes, "the reader's output")))),
    OUTPUT_BYTES_MAX,
  );
});
