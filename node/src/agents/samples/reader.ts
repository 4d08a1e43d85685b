#!/usr/bin/env node
/**
 * The sample reader: prints title, key phrases and the sentences worth quoting, with their places and sections. Takes
 * the document from the part `request` of the prompt; a prompt without fences is the document itself.
 */
import { formatNotes } from "./notes.ts";
import { beginsWithFence, parsePrompt, requirePart } from "./parts.ts";
import { runProgram } from "./program.ts";
import { takeNotes } from "./read.ts";

await runProgram("reader", (prompt) => {
  const document = beginsWithFence(prompt) ? requirePart(parsePrompt(prompt), "request", "reader") : prompt;
  return formatNotes(takeNotes(document));
});
