import { ackMessage } from "@pleiad/sdk/workspace/ackMessage";
import { readMessages } from "@pleiad/sdk/workspace/readMessages";
import { sendMessage } from "@pleiad/sdk/workspace/sendMessage";
import { subscribeTopic } from "@pleiad/sdk/workspace/subscribeTopic";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { createTokenStore } from "../../../node/src/workspace/tokens/tokenStore.ts";
import { until } from "../../fixtures/until.ts";
import { HOSTILE } from "../support/daemon.ts";
import {
  expectAccessible,
  expectNoWiderThanScreen,
  goTo,
  type OpenPage,
  openPage,
  PHONE,
  picture,
} from "../support/page.ts";
import { sharedTeam, type Team } from "../support/team.ts";

const USER = `0x${"a1".repeat(20)}` as const;
const ALL = { kind: "broadcast" } as const;

describe("dashboard's messages", function () {
  this.timeout(60_000);
  let team: Team;
  let path: string;
  /** The only agent of the chain here, as itself. */
  let talker: Team["client"];
  let opened: OpenPage;

  before(async () => {
    team = await sharedTeam();
    path = `/ui/clusters/${team.cluster}/messages`;
    const tokens = createTokenStore({ dataFolder: team.world.data });
    const { token } = await tokens.create(
      { kind: "agent", agent: 0n, user: USER, cluster: team.world.cluster },
      "words",
    );
    talker = team.world.client(team.daemon, token);
    opened = await openPage(team.browser, await team.address("act", path));
  });
  after(() => opened.context.close());

  it("show what is said as it is said, to whom, and what became of it", async () => {
    const { page } = opened;
    await page.getByRole("heading", { name: "Messages", level: 1 }).waitFor();
    await page.getByLabel("To", { exact: true }).selectOption("one");
    await page.getByLabel("Name of whom it is for").fill("agent-0");
    await page.getByLabel("Message", { exact: true }).fill("is the door red?");
    await page.keyboard.press("Control+Enter");
    await page.getByText("queued until it is handed over").waitFor();
    const sent = page.getByRole("article").filter({ hasText: "is the door red?" });
    await sent.getByText("queued", { exact: false }).waitFor();
    await sent.getByText("to agent-0").waitFor();
    expect(await page.getByLabel("Message", { exact: true }).inputValue()).to.equal("");
    const [message] = (await readMessages(talker)).messages;
    await sent.getByText("delivered").waitFor();
    await ackMessage(talker, { ids: [message?.id ?? ("" as `0x${string}`)] });
    await sent.getByText("acknowledged").waitFor();
    await sendMessage(talker, { destination: ALL, text: "it is green" });
    await page.getByRole("article").filter({ hasText: "it is green" }).waitFor();
    await picture(page, "messages-desktop");
    expect(opened.complaints).to.deep.equal([]);
  });
});
