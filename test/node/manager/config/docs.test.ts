import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { describe, it } from "mocha";
import { renderManagerDocs } from "../../../../node/src/manager/config/docs.ts";
import { MANAGER_KEYS, type ManagerKey } from "../../../../node/src/manager/config/keys.ts";
import {
  ALERT_SINKS_MAX,
  ALERTMANAGER_RESEND_MS,
  ALERTMANAGER_RESOLVED_MS,
  MANAGER_FILE_BYTES_MAX,
  MANAGER_FILE_POLL_MS,
  MANAGER_FILE_SETTLE_MS,
  SINK_AGE_MS_MAX,
  SINK_ANSWER_BYTES_MAX,
  SINK_QUEUE_MAX,
  SINK_REFUSALS_MAX,
  SINK_RETRY_MS_MAX,
  SINK_RETRY_MS_MIN,
  SINK_SECRET_BYTES_MAX,
  SINK_SECRET_BYTES_MIN,
  SINK_TIMEOUT_MS,
} from "../../../../node/src/manager/limits.ts";

describe("docs/manager.md", () => {
  it("is what the table says (else run node scripts/manager-docs.ts)", async () => {
    const page = await readFile(new URL("../../../../docs/manager.md", import.meta.url), "utf8");
    expect(page).to.equal(renderManagerDocs());
  });

  it("gives every key a meaning, and every default a reason", () => {
    for (const [name, { meaning, expected, absent }] of Object.entries(MANAGER_KEYS) as [
      string,
      ManagerKey,
    ][]) {
      expect(meaning, name).to.match(/^[A-Z].*\.$/s);
      expect(expected, name).to.match(/^[a-z].*[^.]$/s);
      if (absent !== undefined) expect(absent.why, name).to.match(/^[a-z`].*[^.]$/s);
      if (absent?.value !== undefined) expect(absent.text, name).to.match(/\S/);
    }
  });

  it("tells the limits as they are", () => {
    expect([MANAGER_FILE_BYTES_MAX, MANAGER_FILE_POLL_MS, MANAGER_FILE_SETTLE_MS]).to.deep.equal([
      32_768, 1_000, 500,
    ]);
    expect([SINK_TIMEOUT_MS, SINK_ANSWER_BYTES_MAX, SINK_QUEUE_MAX]).to.deep.equal([10_000, 4_096, 256]);
    expect([SINK_RETRY_MS_MIN, SINK_RETRY_MS_MAX, SINK_AGE_MS_MAX]).to.deep.equal([
      1_000, 300_000, 86_400_000,
    ]);
    expect([SINK_REFUSALS_MAX, ALERT_SINKS_MAX, SINK_SECRET_BYTES_MIN, SINK_SECRET_BYTES_MAX]).to.deep.equal([
      5, 8, 16, 1_024,
    ]);
    expect([ALERTMANAGER_RESEND_MS, ALERTMANAGER_RESOLVED_MS]).to.deep.equal([60_000, 900_000]);
  });
});
