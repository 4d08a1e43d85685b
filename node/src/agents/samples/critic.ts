#!/usr/bin/env node
/**
 * The sample critic: checks the writer's brief against the document and prints the brief with what it could not find
 * marked, and an account at the end. The document is the part `request` of the prompt, the brief the last part
 * `output …`. By hand: `node critic.ts document.md < brief.md`.
 */
import { readFileSync } from "node:fs";
import { checkBrief } from "./check.ts";
import { cleanText, decodeDocument, decodeUtf8 } from "./decode.ts";
import { SampleFailure } from "./failure.ts";
import { beginsWithFence, parsePrompt, requireOutputs, requirePart } from "./parts.ts";
import { runProgram } from "./program.ts";

interface CriticInput {
  readonly document: Uint8Array;
  readonly brief: Uint8Array;
}

function readByHand(brief: Uint8Array, file: string | undefined): CriticInput {
  if (file === undefined) {
    throw new SampleFailure(
      "PART_MISSING",
      'the prompt has no part "request" and no part "output TASKNAME"',
      "by hand, name the document: node critic.ts document.md < brief.md",
    );
  }
  try {
    return { document: readFileSync(file), brief };
  } catch {
    throw new SampleFailure(
      "FILE_UNREADABLE",
      `the document "${file}" cannot be read`,
      "name a file that exists",
    );
  }
}

function takeInput(prompt: Uint8Array, args: readonly string[]): CriticInput {
  if (!beginsWithFence(prompt)) return readByHand(prompt, args[0]);
  const parts = parsePrompt(prompt);
  const document = requirePart(parts, "request", "critic");
  const outputs = requireOutputs(parts, "critic", "writer");
  return { document, brief: (outputs.at(-1) ?? outputs[0]).data };
}

await runProgram("critic", (prompt, args) => {
  const { document, brief } = takeInput(prompt, args);
  return checkBrief(decodeDocument(document), cleanText(decodeUtf8(brief, "the writer's output")));
});
