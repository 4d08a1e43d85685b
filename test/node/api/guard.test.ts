import { expect } from "chai";
import type { FastifyRequest } from "fastify";
import { describe, it } from "mocha";
import { ApiRefused, checkToken } from "../../../node/src/api/guard.ts";

describe("api guard", () => {
  const requestWith = (authorization: string | undefined) =>
    ({ headers: { authorization } }) as FastifyRequest;

  it("checkToken_emptyTokenOfTheDaemon_letsNobodyIn", () => {
    for (const authorization of [undefined, "", "Bearer ", "Bearer  "])
      expect(() => checkToken(requestWith(authorization), ""), String(authorization)).to.throw(ApiRefused);
  });
});
