import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect } from "chai";
import { describe, it } from "mocha";
import { createReader } from "../../../dashboard/src/api/readAnew.ts";
import { until } from "../../fixtures/until.ts";

/** Something that is read, answered when the test says so, with what it was when it was asked for. */
function watched() {
  const queries = new QueryClient({ defaultOptions: { queries: { networkMode: "always", retry: false } } });
  let value = 0;
  let readings = 0;
  const waiting: (() => void)[] = [];
  const observer = new QueryObserver(queries, {
    queryKey: ["workspace", "1", "messages"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => {
      const asked = value;
      readings += 1;
      return new Promise<number>((resolve) => waiting.push(() => resolve(asked)));
    },
  });
  const end = observer.subscribe(() => {});
  return {
    readAnew: createReader(queries),
    change: () => {
      value += 1;
    },
    readings: () => readings,
    shown: () => observer.getCurrentResult().data,
    async answer() {
      await until("it is asked for", () => waiting.length > 0);
      waiting.shift()?.();
    },
    end() {
      end();
      queries.clear();
    },
  };
}

describe("reading anew what changed", () => {
  it("reads again what was on its way for the first time when it changed", async () => {
    const one = watched();
    one.change();
    one.readAnew({ queryKey: ["workspace", "1"] });
    await one.answer();
    await one.answer();
    await until("it is shown", () => one.shown() === 1);
    expect(one.readings()).to.equal(2);
    one.end();
  });

  it("reads once more for many changes while it is read, and never begins a reading anew", async () => {
    const one = watched();
    await one.answer();
    await until("it is shown", () => one.shown() === 0);
    for (let at = 0; at < 50; at += 1) {
      one.change();
      one.readAnew({ queryKey: ["workspace", "1", "messages"] });
    }
    await one.answer();
    await one.answer();
    await until("it is shown", () => one.shown() === 50);
    expect(one.readings()).to.equal(3);
    one.end();
  });
});
