import { Name } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";

/** An agent as the books and approvals call it. A helper, `helper 1/ada` there, has a page of its own. */
export function AgentName({
  agent,
  cluster,
}: {
  readonly agent: string;
  readonly cluster: string | null | undefined;
}) {
  const helper = /^helper \d+\/([a-z0-9-]+)(?: of cluster (\d+))?$/.exec(agent);
  const of = cluster ?? helper?.[2];
  if (helper?.[1] === undefined || of === undefined) return <Name text={agent} fallback="an agent" />;
  return (
    <Link to={{ view: "agent", id: of, agent: helper[1] }}>
      <Name text={agent} />
    </Link>
  );
}
