import type { JobStory } from "../../api/operate.ts";
import { Badge, Card, Empty, type Tone } from "../../parts/basics.tsx";
import { cleanName, cleanText } from "../../text/clean.ts";
import { exactText } from "../../text/times.ts";

type Line = JobStory["log"]["lines"][number];

const TONES: Readonly<Record<Line["level"], Tone>> = {
  trace: "calm",
  debug: "calm",
  info: "calm",
  warn: "warn",
  error: "bad",
  fatal: "bad",
};

/** Lines of the daemon's log about a job. */
export function JobLog({ log: { isKept, level, lines } }: { readonly log: JobStory["log"] }) {
  return (
    <Card id="log" title="Log" aside={<span className="muted">from level {level} on</span>}>
      {lines.length === 0 ? (
        <Empty>
          {isKept
            ? "No line about it yet. One is written at its end, others where something goes wrong; log.level in pleiad.yaml brings more."
            : "Nothing of the log is kept by this daemon."}
        </Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
        <section className="daemon-log" tabIndex={0} aria-label="Lines of the log">
          <ol>
            {lines.map((line, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines only ever come after those that are there.
              <li key={at}>
                <p>
                  <span className="muted">
                    {exactText(line.atMs)}.{String(line.atMs % 1_000).padStart(3, "0")}
                  </span>{" "}
                  <Badge tone={TONES[line.level]}>{line.level}</Badge>{" "}
                  {line.module !== "" && <span className="muted">{cleanName(line.module)} </span>}
                  <bdi>{cleanText(line.message)}</bdi>
                </p>
                {line.fields !== "" && (
                  <p className="muted">
                    <bdi>{cleanText(line.fields)}</bdi>
                  </p>
                )}
              </li>
            ))}
          </ol>
        </section>
      )}
    </Card>
  );
}
