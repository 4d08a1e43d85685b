import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { configYaml } from "../../../../node/src/cli/templates/configYaml.ts";

const ROOT = join(import.meta.dirname, "../../../..");

describe("the pleiad.yaml that is written for a new node", () => {
  it("names pages as files that are there, without links, which a comment has none of", () => {
    const text = configYaml({}, 31_337);
    expect(text).to.not.include("](");
    const pages = [...text.matchAll(/docs\/[a-z-]+\.md/g)].map(([page]) => page);
    expect(pages).to.include("docs/manager.md");
    for (const page of pages) expect(existsSync(join(ROOT, page)), page).to.equal(true);
  });
});
