import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { toStoreError } from "../../../node/src/store/errors.ts";

describe("toStoreError", () => {
  const codeOf = (message: string) => {
    const error = toStoreError(new Error(message), "folder");
    return error instanceof PleiadError ? error.code : undefined;
  };

  it("knows LevelDB's sentences where they come without a code, as from its synchronous calls", () => {
    expect(codeOf("IO error: folder/000009.ldb: Invalid argument")).to.equal("STORE_DAMAGED");
    expect(codeOf("Corruption: bad block type")).to.equal("STORE_DAMAGED");
    expect(codeOf("IO error: folder/000009.ldb: No such file or directory")).to.equal("STORE_DAMAGED");
    expect(codeOf("IO error: folder/000010.log: No space left on device")).to.equal("STORE_FULL");
    expect(codeOf("IO error: folder/000009.ldb: Input/output error")).to.equal("STORE_IO");
  });

  it("leaves a mistake of the program alone", () => {
    expect(codeOf("Cannot read properties of undefined")).to.equal(undefined);
    expect(codeOf("an IO error: of ours")).to.equal(undefined);
  });
});
