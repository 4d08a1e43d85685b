import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  createRegistrations,
  REGISTRATION_CHARS_MAX,
  readRegistration,
} from "../../../../node/src/local/manager/registrations.ts";

const NOTHING = { name: undefined, capabilities: [] };
const base64 = (value: unknown) =>
  `data:application/json;base64,${Buffer.from(JSON.stringify(value)).toString("base64")}`;
const plain = (value: unknown) => `data:application/json,${encodeURIComponent(JSON.stringify(value))}`;

describe("readRegistration", () => {
  it("readsNameAndCapabilities_inEitherForm_inLowerCase_eachOnce", () => {
    const file = {
      name: "Translator",
      capabilities: ["German", "german"],
      skills: ["Review"],
      role: "Writer",
    };
    const says = { name: "Translator", capabilities: ["german", "review", "writer"] };
    expect([readRegistration(base64(file)), readRegistration(plain(file))]).to.deep.equal([says, says]);
  });

  it("leavesOutWhatIsNoCapability_andBoundsTheirNumber", () => {
    const many = Array.from({ length: 500 }, (_, index) => `c${index}`);
    const hostile = ["\u001b[2J", "<script>", "x".repeat(65), "", 7, { a: 1 }, null];
    const { name, capabilities } = readRegistration(
      plain({ name: "a\nb", capabilities: [...hostile, "ok", ...many] }),
    );
    expect(name).to.equal(undefined);
    expect(capabilities[0]).to.equal("ok");
    expect(capabilities.length).to.be.at.most(32);
  });

  it("ofWhatIsNoFile_saysNothing_andNeverThrows", () => {
    for (const uri of [
      "",
      "https://example.org/a.json",
      "data:text/html,{}",
      "data:application/json,%",
      plain(7),
      plain(null),
    ])
      expect(readRegistration(uri), uri).to.deep.equal(NOTHING);
    expect(readRegistration(plain({ name: "a".repeat(REGISTRATION_CHARS_MAX) }))).to.deep.equal(NOTHING);
    fc.assert(
      fc.property(fc.string(), fc.json(), (text, json) => {
        for (const uri of [
          text,
          `data:application/json,${text}`,
          `data:application/json;base64,${text}`,
          `data:application/json,${json}`,
        ])
          expect(readRegistration(uri).capabilities.length).to.be.at.most(32);
      }),
      { seed: 4711 },
    );
  });

  it("isReadOnce_andAgainWhenTheAddressChanges", () => {
    const registrations = createRegistrations();
    const first = registrations.of(1n, plain({ capabilities: ["a"] }));
    expect(registrations.of(1n, plain({ capabilities: ["a"] }))).to.equal(first);
    expect(registrations.of(1n, plain({ capabilities: ["b"] })).capabilities).to.deep.equal(["b"]);
    expect(registrations.of(1n, "https://example.org/a.json").capabilities).to.deep.equal([]);
  });
});
