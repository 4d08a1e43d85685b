import { after, before, describe } from "mocha";
import { type DriverUnderTest, describeDriver } from "../driverBehaviour.ts";
import { temporaryFolder } from "../fixtures/world.ts";
import { describeSessions } from "../sessionBehaviour.ts";
import { fakeDriver } from "./fixtures.ts";

describe("acp driver", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  describe("behaves like every driver", () => {
    const underTest: DriverUnderTest = {
      create: (behaviour, limits = {}) =>
        fakeDriver(
          folder.scratch,
          { always: behaviour },
          { ...(behaviour === "missing" ? { program: "/nowhere/agent" } : {}), ...limits },
        ),
      codes: { missing: "AGENT_PROGRAM_MISSING", fail: "AGENT_FAILED" },
    };
    describeDriver(() => underTest);
  });

  describe("keeps sessions like every driver of sessions", () => {
    describeSessions(
      () => ({
        create: (beginning, limits = {}) =>
          fakeDriver(
            folder.scratch,
            { beginning },
            { ...(beginning === "missing" ? { program: "/nowhere/agent" } : {}), ...limits },
          ),
        can: { resume: true, cancel: true, ask: true, images: true },
        codes: { notLoggedIn: "AGENT_LOGIN_MISSING" },
      }),
      () => folder.path,
    );
  });
});
