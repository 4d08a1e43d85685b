import { expect } from "chai";
import { fastify } from "fastify";
import { describe, it } from "mocha";
import type { FileChange, ProjectFolders } from "../../../../node/src/agents/folders/types.ts";
import { folderRoutes } from "../../../../node/src/local/team/folderRoutes.ts";

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
        clusterOf: async () => undefined,
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
});
