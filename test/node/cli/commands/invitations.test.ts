import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { accountOf } from "../../../fixtures/chain.ts";
import { applyExample, failing, keyFileOf } from "../support/commands.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";

const GUEST = 9;
const SLUG = "inviting";

describe("the commands about invitations", () => {
  let network: CliNetwork;
  let asGuest: readonly string[];
  const guest = accountOf(GUEST).address;
  const sign = (file: string, ...more: string[]) =>
    network.json<{ file: string }>(["invitation", "sign", "cluster", SLUG, guest, "--out", file, ...more]);
  const uses = async () =>
    (await network.json<{ uses: number }>(["grant", "show", "cluster", SLUG, guest])).uses;

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    asGuest = ["--key", keyFileOf(network, GUEST)];
    await applyExample(network, SLUG);
  });

  it("sign sends nothing, and whoever has the file makes a grant of it, once", async () => {
    const { file } = await sign("guest.json", "--uses", "5");
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(await uses()).to.equal(0);
    const asked = await failing(network, "invitation", "accept", "guest.json", ...asGuest);
    expect(asked.code).to.equal("PROMPT_IMPOSSIBLE");
    const accept = ["invitation", "accept", "guest.json", ...asGuest, "--yes"];
    expect(await network.json(accept)).to.include({
      ...{ kind: "cluster", grantee: guest, uses: 5, until: null, signer: network.requester.address },
    });
    expect(await uses()).to.equal(5);
    expect((await failing(network, ...accept)).code).to.equal("INVITATION_USED");
  });

  it("revoke makes one worthless that nobody has brought", async () => {
    await sign("withdrawn.json");
    expect((await failing(network, "invitation", "revoke", "withdrawn.json", ...asGuest)).code).to.equal(
      "PERMISSION_ROLE_MISSING",
    );
    const { stdout } = await network.run(["invitation", "revoke", "withdrawn.json", "--yes"]);
    expect(stdout).to.include("worthless").and.to.include(guest);
    const accept = await failing(network, "invitation", "accept", "withdrawn.json", ...asGuest, "--yes");
    expect(accept.code).to.equal("INVITATION_USED");
  });

  it("accept refuses a file that was changed, is for other contracts, or is none", async () => {
    const { file } = await sign("changed.json");
    const content = JSON.parse(readFileSync(file, "utf8"));
    const tampered = async (change: object): Promise<string> => {
      writeFileSync(join(network.folder, "tampered.json"), JSON.stringify({ ...content, ...change }));
      return (await failing(network, "invitation", "accept", "tampered.json", ...asGuest)).code;
    };
    expect(await tampered({ invitation: { ...content.invitation, uses: 99 } })).to.equal(
      "INVITATION_SIGNATURE_INVALID",
    );
    expect(await tampered({ chainId: 1 })).to.equal("INVITATION_INVALID");
    expect(await tampered({ signature: "no" })).to.equal("INVITATION_INVALID");
    writeFileSync(join(network.folder, "none.json"), "no JSON");
    expect((await failing(network, "invitation", "revoke", "none.json")).code).to.equal("INVITATION_INVALID");
    expect((await failing(network, "invitation", "accept", "nowhere.json")).code).to.equal("FILE_UNREADABLE");
  });

  it("sign overwrites nothing, and knows kinds by name", async () => {
    await sign("there.json");
    const again = ["invitation", "sign", "cluster", SLUG, guest, "--out", "there.json"];
    expect((await failing(network, ...again)).code).to.equal("FILE_EXISTS");
    const kind = await failing(network, "invitation", "sign", "clutser", SLUG, guest, "--out", "new.json");
    expect(kind).to.include({ code: "TOKEN_KIND_UNKNOWN", hint: "did you mean cluster?" });
    const missing = await failing(network, "invitation", "sign", "cluster", SLUG, guest);
    expect(missing.code).to.equal("USAGE_ARGUMENT_MISSING");
  });
});
