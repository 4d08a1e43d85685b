import { ApiFailure } from "../../api/client.ts";
import { type Folder, type Seen, useDiffFiles, useFileChanges, useFolders } from "../../api/folders.ts";
import type { FoldersAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Command, Disclosure, Empty, Name, Time } from "../../parts/basics.tsx";
import { useNow } from "../../parts/clock.ts";
import { Link } from "../../router.tsx";
import { plural } from "../../text/amounts.ts";
import "./files.css";
import { MergeQueue } from "./MergeQueue.tsx";
import { ActivityBadge, Counts } from "./marks.tsx";
import { useSeen } from "./useSeen.ts";

/** What each agent changed, and what waits to be merged. */
export function Files() {
  const query = useFolders();
  if (query.error instanceof ApiFailure && query.error.code === "FOLDERS_OFF") return <NoProjects />;
  return (
    <Answer query={query} what="agents' files">
      {(answer) => (
        <>
          <header className="view-head">
            <h1>Files</h1>
          </header>
          <p className="lead">
            Each agent works in a copy of its own. Nothing of it is in your project until it is merged.
          </p>
          <Copies answer={answer} />
          <MergeQueue merges={answer.merges} gate={answer.gate} />
        </>
      )}
    </Answer>
  );
}

function NoProjects() {
  return (
    <section className="calm">
      <h1>No project is offered to agents</h1>
      <p>
        Name the git repositories that helpers may work on, in the daemon's configuration, and start it again.
        Each helper then gets a copy of its own.
      </p>
      <pre className="files-sample">{"folders:\n  projects:\n    app: /home/me/app"}</pre>
      <p>
        Or begin with a project from the start: <Command line="pleiad up --project /home/me/app" />
      </p>
    </section>
  );
}

function Copies({ answer }: { readonly answer: FoldersAnswer }) {
  const { folders, projects } = answer;
  const seen = useFileChanges(
    undefined,
    folders.map(({ agent, activity }) => `${agent} ${activity === "working"}`).join(),
    folders.length > 0,
  );
  return (
    <Card id="copies" title={`Copies (${folders.length})`}>
      {folders.length === 0 ? (
        <>
          <Empty>
            No agent has a copy of a project yet. It gets one when it is spawned with a project:{" "}
            {projects.length === 0 ? "none is offered" : projects.join(", ")}.
          </Empty>
          <p>
            <Command
              line={`pleiad workspace spawn ada --project ${projects[0] ?? "NAME"} --task "fix the tests"`}
            />
          </p>
        </>
      ) : (
        <ul className="rows">
          {folders.map((folder) => (
            <CopyRow key={folder.agent} folder={folder} seen={seen} />
          ))}
        </ul>
      )}
    </Card>
  );
}

/** For so long a change is said to be of now. Milliseconds. */
const JUST_NOW_MS = 10_000;

function CopyRow({ folder, seen }: { readonly folder: Folder; readonly seen: Seen }) {
  const { agent, activity, projectName, project, branch, base, projectBranch } = folder;
  const [row, isSeen] = useSeen<HTMLLIElement>();
  return (
    <li className="row files-row" ref={row}>
      <Link to={{ view: "agentFiles", agent }} className="row-title">
        <Name text={agent} />
      </Link>
      <ActivityBadge activity={activity} />
      <span className="row-text">
        <Name text={projectName ?? project} />
      </span>
      {isSeen && <Changed agent={agent} seen={seen} />}
      <p className="muted files-row-more">
        <span>
          branch <code>{branch}</code>
        </span>
        <span>
          began with <code title={base}>{base.slice(0, 10)}</code>
          {projectBranch !== undefined && (
            <>
              {" "}
              of <Name text={projectBranch} />
            </>
          )}
          {folder.includesUncommitted && ", uncommitted changes included"}
        </span>
        <Surroundings folder={folder} />
      </p>
      <Leak folder={folder} />
    </li>
  );
}

function Changed({ agent, seen }: { readonly agent: string; readonly seen: Seen }) {
  const { data, error } = useDiffFiles(agent, { kind: "all", checkpoint: undefined }, 0);
  const nowMs = useNow();
  const last = [...seen].findLast(([key]) => key.startsWith(`${agent} `));
  if (data === undefined) {
    if (error === null) return null;
    return <span className="files-why">{error.message}</span>;
  }
  return (
    <>
      {last !== undefined && nowMs - last[1] < JUST_NOW_MS && (
        <Badge tone="busy">
          <Name text={`just now: ${last[0].slice(agent.length + 1)}`} />
        </Badge>
      )}
      <Counts files={data.fileCount} added={data.added} removed={data.removed} />
      <span className="row-time">
        {data.changedAtMs !== undefined && <Time atMs={data.changedAtMs} isExact />}
      </span>
    </>
  );
}

function Surroundings({ folder: { ports, envFiles, submodules } }: { readonly folder: Folder }) {
  return (
    <>
      {ports.length > 0 && (
        <span>{ports.length === 1 ? `port ${ports[0]}` : `ports ${ports[0]}–${ports.at(-1)}`}</span>
      )}
      {envFiles.length > 0 && (
        <span>
          variables in <Name text={envFiles.join(", ")} />
        </span>
      )}
      {submodules.length > 0 && (
        <span>
          without the submodules <Name text={submodules.join(", ")} />
        </span>
      )}
    </>
  );
}

/** Something changed the project itself while the agent ran: nobody else's copy does that. */
export function Leak({ folder: { agent, leak } }: { readonly folder: Folder }) {
  if (leak === undefined) return null;
  const others = leak.agents.filter((other) => other !== agent);
  return (
    <div className="files-leak">
      <p>
        <Badge tone="warn">The project itself changed</Badge> <Time atMs={leak.atMs} />, while{" "}
        <Name text={agent} />{" "}
        {others.length > 0 && (
          <>
            and <Name text={others.join(", ")} />{" "}
          </>
        )}
        worked: {plural(leak.count, "path")}. It may have been you.
      </p>
      <Disclosure summary="Which">
        {() => (
          <ul className="files-paths">
            {leak.paths.map((path) => (
              <li key={path}>
                <Name text={path} />
              </li>
            ))}
            {leak.count > leak.paths.length && <li>and {leak.count - leak.paths.length} more</li>}
          </ul>
        )}
      </Disclosure>
    </div>
  );
}
