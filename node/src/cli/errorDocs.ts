import { codesByPart, explanationsOf } from "./errorTable.ts";

const HEAD = `# Errors

Every expected failure has a code. \`pleiad explain CODE\` prints what stands here; both are made from the same tables, and
this page is written by \`node scripts/docs-errors.ts\`. "later" says whether the same may succeed without anybody changing
anything: then the exit code is 75, else 1.
`;

/** The page `docs/errors.md`: every code, by the part that fails with it. */
export function renderErrorDocs(): string {
  return [HEAD, ...codesByPart().map(([part, codes]) => section(part, codes))].join("\n");
}

function section(part: string, codes: readonly string[]): string {
  const rows = codes.map((code) => {
    const entry = explanationsOf(code).find((explanation) => explanation.part === part);
    if (entry === undefined) return "";
    const cells = [
      `\`${code}\``,
      sentence(entry.title),
      entry.cause,
      entry.whatToDo,
      entry.retryable ? "yes" : "no",
    ];
    return `| ${cells.map(escaped).join(" | ")} |\n`;
  });
  return `## ${part}\n\n| code | what | cause | what to do | later |\n| --- | --- | --- | --- | --- |\n${rows.join("")}`;
}

function sentence(title: string): string {
  return title.endsWith(".") ? title : `${title}.`;
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|").replaceAll("\n", " ");
}
