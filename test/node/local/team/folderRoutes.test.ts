import { expect } from "chai";
import { fastify } from "fastify";
import { describe, it } from "mocha";
import type { FileChange, ProjectFolders } from "../../../../node/src/agents/folders/types.ts";
import { folderRoutes } from "../../../../node/src/local/team/folderRoutes.ts";
import {
  FOLDER_READS_AT_ONCE_MAX,
  FOLDER_READS_WAITING_MAX,
} from "../../../../node/src/local/team/folderSchemas.ts";

const CHANGE: FileChange = { agent: "ada", path: "a.txt", change: "added", bytes: 1 };

describe("routes of project folders", () => {
  it("break off the changes that they tell once the token of who reads is revoked", async () => {
    let change = () => {};
    const changed = new Promise<void>((resolve) => (change = resolve));
    const folders: Pick<ProjectFolders, "watch"> = {
      async watch() {
        async function* changes() {
          yield [CHANGE];
          await changed;
          yield [CHANGE];
        }
        return changes();
      },
    };
    let isRevoked = false;
    const asked: (string | undefined)[] = [];
    const app = fastify();
    const mount = folderRoutes(
      { projects: new Map(), gate: undefined },
      {
        folders: () => folders as ProjectFolders,
        async authenticate(token) {
          asked.push(token);
          return {
            id: "t",
            credential: { kind: "node" },
            role: "view",
            expiresAtMs: undefined,
            isCurrent: async () => !isRevoked,
          };
        },
      },
    );
    mount.add(app);
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    try {
      const headers = { authorization: "Bearer of-a-page" };
      const response = await fetch(`${url}/folders/ada/changes`, { headers });
      const lines: string[] = [];
      const reading = (async () => {
        for await (const bytes of response.body ?? []) {
          lines.push(...new TextDecoder().decode(bytes).trim().split("\n"));
          if (lines.length < 2) continue;
          isRevoked = true;
          change();
        }
      })();
      const end = await reading.then(
        () => "it ended as if nothing were more",
        () => "broken off",
      );
      expect([end, asked]).to.deep.equal(["broken off", ["of-a-page"]]);
      expect(lines.map((line) => JSON.parse(line).kind)).to.deep.equal(["open", "changes"]);
    } finally {
      await app.close();
    }
  });

  it("have git compare some at once and some wait, and forget who goes while they wait", async () => {
    const asked: string[] = [];
    let end = () => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const folders = {
      async listCheckpoints(agent: string) {
        asked.push(agent);
        await ended;
        return [];
      },
    } satisfies Partial<ProjectFolders>;
    const app = fastify({ forceCloseConnections: true });
    const seenGone = new Promise<void>((resolve) => {
      app.addHook("onRequest", async ({ url }, { raw }) => {
        if (url.includes("goes")) raw.once("close", () => resolve());
      });
    });
    folderRoutes(
      { projects: new Map(), gate: undefined },
      {
        folders: () => folders as Partial<ProjectFolders> as ProjectFolders,
        authenticate: () => Promise.reject(new Error("nobody asks who it is")),
      },
    ).add(app);
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    const ask = async (agent: string, signal?: AbortSignal) =>
      (await fetch(`${url}/folders/${agent}/checkpoints`, signal === undefined ? {} : { signal })).status;
    /** Asks, and answers once the daemon has the question. */
    const arrived = async (agent: string, signal?: AbortSignal) => {
      const has = new Promise<void>((resolve) => app.server.once("request", () => resolve()));
      const answer = ask(agent, signal).catch(() => "gone");
      await has;
      return { answer };
    };
    try {
      const first = await Promise.all(
        Array.from({ length: FOLDER_READS_AT_ONCE_MAX }, (_, index) => arrived(`at-once-${index}`)),
      );
      const going = new AbortController();
      const goes = await arrived("goes", going.signal);
      const others = [];
      for (let count = 1; count < FOLDER_READS_WAITING_MAX; count++)
        others.push(await arrived(`waits-${count}`));
      expect(await ask("one-too-many")).to.equal(503);
      going.abort();
      expect(await goes.answer).to.equal("gone");
      await seenGone;
      end();
      const told = await Promise.all([...first, ...others].map(({ answer }) => answer));
      expect(new Set(told)).to.deep.equal(new Set([200]));
      expect(asked).to.have.length(FOLDER_READS_AT_ONCE_MAX + FOLDER_READS_WAITING_MAX - 1);
      expect(asked).to.not.include("goes");
    } finally {
      await app.close();
    }
  });
});
