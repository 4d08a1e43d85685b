import { expect } from "chai";
import { describe, it } from "mocha";
import { errorsAbi } from "../../../sdk/src/abi/errors.ts";
import { CATALOG, CONTRACT_ERRORS } from "../../../sdk/src/errors/catalog.ts";
import { codeOfErrorName } from "../../../sdk/src/errors/codeOfErrorName.ts";
import { SDK_ERRORS } from "../../../sdk/src/errors/tables/sdk.ts";

describe("catalog", () => {
  it("covers every custom error that any contract can revert with, and no other", () => {
    const names = errorsAbi.map(({ name }) => name);
    expect(Object.keys(CONTRACT_ERRORS).sort()).to.deep.equal([...names].sort());
    for (const name of names) expect(CATALOG[codeOfErrorName(name)], name).to.be.an("object");
  });
  it("gives each failure its own code", () => {
    const codes = [...Object.keys(CONTRACT_ERRORS).map(codeOfErrorName), ...Object.keys(SDK_ERRORS)];
    expect(new Set(codes).size).to.equal(codes.length);
    for (const code of codes) expect(code).to.match(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
  });
  it("says title, cause and what to do in full sentences", () => {
    for (const [code, { title, cause, whatToDo }] of Object.entries(CATALOG)) {
      expect(title, code).to.match(/^\S.*[^.]$/);
      for (const sentence of [cause, whatToDo]) expect(sentence, code).to.match(/^[A-Z].*\.$/);
    }
  });
  it("names in each message only arguments that the error has, and all that tell what is wrong", () => {
    for (const { name, inputs } of errorsAbi) {
      const known = inputs.map((input) => input.name);
      const message = CONTRACT_ERRORS[name]?.message ?? "";
      const named = [...message.matchAll(/\{(\w+)\}/g)].map(([, placeholder]) => placeholder);
      for (const placeholder of named) expect(known, `${name}: {${placeholder}}`).to.include(placeholder);
      expect(new Set(named), name).to.deep.equal(new Set(known));
    }
  });
});
