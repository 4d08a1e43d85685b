import { QueryClient, type QueryKey } from "@tanstack/react-query";
import { expect } from "chai";
import { describe, it } from "mocha";
import { currentConnection, followChanges } from "../../../dashboard/src/api/changes.ts";
import type { followStream } from "../../../dashboard/src/api/followStream.ts";
import { until } from "../../fixtures/until.ts";
import { watchedQuery } from "./watchedQuery.ts";

/** A page that follows changes: what it shows is read when it is asked for, and answered when the test says so. */
function page() {
  const queries = new QueryClient({ defaultOptions: { queries: { networkMode: "always", retry: false } } });
  let handlers: Parameters<typeof followStream>[1] | undefined;
  const end = followChanges(queries, ((path, given) => {
    expect(path).to.equal("/changes");
    handlers = given as typeof handlers;
    return () => {};
  }) as typeof followStream);
  const ends: (() => void)[] = [end];
  return {
    become: (connection: "connecting" | "live" | "lost") => handlers?.onConnection(connection),
    tell: (...changes: readonly { readonly topic: string; readonly ids: readonly string[] | null }[]) =>
      handlers?.onMessage({ kind: "changes", changes }),
    show(queryKey: QueryKey) {
      const watched = watchedQuery(queries, queryKey);
      ends.push(watched.end);
      return watched;
    },
    end() {
      for (const one of ends) one();
      queries.clear();
    },
  };
}

describe("changes that the page is told of", () => {
  it("are not lost while what changed is read for the first time", async () => {
    const { tell, show, end } = page();
    const execution = show(["execution", "7"]);
    execution.change();
    tell({ topic: "execution", ids: ["7"] });
    await execution.answer();
    await execution.answer();
    await until("what changed is shown", () => execution.shown() === 1);
    expect(execution.readings()).to.equal(2);
    end();
  });

  it("have all read once more each time that the stream is live, also what is on its way, but bytes by their digest", async () => {
    const { become, show, end } = page();
    const [overview, blob] = [show(["overview"]), show(["blob", "0x01"])];
    await blob.answer();
    for (let times = 1; times <= 3; times += 1) {
      // Read before, as far as anybody knows, what it tells of from now on began.
      overview.change();
      become("live");
      expect(currentConnection()).to.equal("live");
      await overview.answer();
      if (times === 1) await overview.answer();
      await until("it is shown", () => overview.shown() === times);
      expect(overview.readings()).to.equal(times + 1);
      become("lost");
    }
    expect(blob.readings()).to.equal(1);
    end();
  });

  it("have what several of one message touch read once, and nothing that none of them touches", async () => {
    const { tell, show, end } = page();
    const [overview, execution, other] = [
      show(["overview"]),
      show(["execution", "7"]),
      show(["execution", "8"]),
    ];
    for (const one of [overview, execution, other]) await one.answer();
    await until("all are shown", () =>
      [overview, execution, other].every((one) => one.shown() !== undefined),
    );
    tell(
      { topic: "execution", ids: ["7", "7"] },
      { topic: "node", ids: ["1"] },
      { topic: "agent", ids: ["2"] },
    );
    for (const one of [overview, execution]) await one.answer();
    // Told again when that is there, they would be read a third time.
    tell({ topic: "execution", ids: ["7"] });
    for (const one of [overview, execution]) await one.answer();
    const readings = () => [overview, execution, other].map((one) => one.readings());
    await until("they are read again", () => readings().join() === "3,3,1");
    end();
  });

  it("have nothing begun anew that is being read, though it changes again and again under several names", async () => {
    const { tell, show, end } = page();
    const execution = show(["execution", "7"]);
    await execution.answer();
    await until("it is shown", () => execution.shown() === 0);
    for (let at = 0; at < 50; at += 1) {
      execution.change();
      tell({ topic: "head", ids: [String(at)] });
      tell({ topic: "execution", ids: ["7"] });
    }
    await execution.answer();
    await execution.answer();
    await until("all changes are shown", () => execution.shown() === 50);
    expect(execution.readings()).to.equal(3);
    end();
  });
});
