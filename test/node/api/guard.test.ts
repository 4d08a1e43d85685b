import { expect } from "chai";
import { describe, it } from "mocha";
import { ApiRefused, checkToken } from "../../../node/src/api/guard.ts";

describe("api guard", () => {
  it("checkToken_emptyTokenOfTheDaemon_letsNobodyIn", () => {
    for (const given of [undefined, "", " ", "  "])
      expect(() => checkToken(given, ""), String(given)).to.throw(ApiRefused);
  });
});
