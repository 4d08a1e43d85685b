import { expect } from "chai";
import { describe, it } from "mocha";
import { tellableUrl } from "../../../../node/src/local/dashboard/tellableUrl.ts";

describe("an address of the chain's that wallets are told", () => {
  it("is one on this machine, in which no key can stand", () => {
    for (const url of ["http://127.0.0.1:8545", "http://localhost:8545/", "http://[::1]:8545"])
      expect(tellableUrl(url), url).to.equal(url);
    for (const url of [
      "",
      "https://chain.example",
      "http://127.0.0.1:8545/v2/KEY",
      "http://127.0.0.1:8545/?key=KEY",
      "http://127.0.0.1:8545/#KEY",
      "http://KEY@127.0.0.1:8545",
      "http://user:KEY@127.0.0.1:8545",
    ])
      expect(tellableUrl(url), url).to.equal(null);
  });
});
