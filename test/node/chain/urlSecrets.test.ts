import { expect } from "chai";
import { describe, it } from "mocha";
import { withoutSecrets } from "../../../node/src/chain/urlSecrets.ts";

describe("an error's text", () => {
  const url = "https://us%65r1:p%C3%A4ss@rpc.example.org/v2/c0ffee%2Bc0ffee?apikey=abc123def&chain=1";

  it("holds nothing of what its endpoint's URL keeps secret, as it is written or as it is meant", () => {
    for (const secret of [
      "c0ffee%2Bc0ffee",
      "c0ffee+c0ffee",
      "abc123def",
      "päss",
      "p%C3%A4ss",
      "user1",
      "/v2/c0ffee%2Bc0ffee?apikey=abc123def&chain=1",
    ])
      expect(withoutSecrets(`a key ${secret} too many`, url), secret).to.match(/^a key …+ too many$/);
    expect(withoutSecrets(`Basic ${Buffer.from("user1:päss").toString("base64")}`, url)).to.equal("Basic …");
  });

  it("keeps what everybody's URL has", () => {
    expect(withoutSecrets("v2 of chain 1 at rpc.example.org", url)).to.equal(
      "v2 of chain 1 at rpc.example.org",
    );
    expect(withoutSecrets("block not found", "http://127.0.0.1:8545")).to.equal("block not found");
  });

  it("stays readable with a URL that cannot be decoded", () => {
    expect(withoutSecrets("a key %ff%ff%ff here", "https://h/%ff%ff%ff")).to.equal("a key … here");
  });
});
