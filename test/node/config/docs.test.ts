import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { describe, it } from "mocha";
import { renderConfigDocs } from "../../../node/src/config/docs.ts";
import { fieldsOf } from "../../../node/src/config/fields.ts";
import { commandServiceSchema, httpServiceSchema } from "../../../node/src/config/service.ts";
import { CONFIG_TABLE } from "../../../node/src/config/table.ts";

describe("docs/config.md", () => {
  it("is what the table says (else run node scripts/config-docs.ts)", async () => {
    const page = await readFile(new URL("../../../docs/config.md", import.meta.url), "utf8");
    expect(page).to.equal(renderConfigDocs());
  });

  it("names every key, and every key of a service", () => {
    const page = renderConfigDocs();
    for (const [name] of fieldsOf(CONFIG_TABLE)) {
      expect(page, name).to.contain(name.includes(".") ? `\`${name}\`` : `## ${name}`);
    }
    for (const { shape } of [commandServiceSchema, httpServiceSchema]) {
      for (const key of Object.keys(shape)) {
        if (key !== "kind") expect(page, key).to.contain(`\`services.<name>.${key}\``);
      }
    }
  });

  it("gives every key a meaning, and each is a sentence", () => {
    for (const [name, { meaning, expected }] of fieldsOf(CONFIG_TABLE)) {
      expect(meaning, name).to.match(/^[A-Z].*\.$/s);
      expect(expected, name).to.match(/^("|[a-z]).*[^.]$|\.\.\.$/s);
    }
  });
});
