import { QueryClient } from "@tanstack/react-query";
import { expect } from "chai";
import { describe, it } from "mocha";
import { createReader } from "../../../dashboard/src/api/readAnew.ts";
import { until } from "../../fixtures/until.ts";
import { watchedQuery } from "./watchedQuery.ts";

/** What is shown, and what reads it anew. */
function watched() {
  const queries = new QueryClient({ defaultOptions: { queries: { networkMode: "always", retry: false } } });
  const query = watchedQuery(queries, ["workspace", "1", "messages"]);
  return {
    ...query,
    readAnew: createReader(queries),
    end() {
      query.end();
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
