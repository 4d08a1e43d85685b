import { useClusters } from "../../api/queries.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Command, Empty, Name } from "../../parts/basics.tsx";
import { ClusterLinks } from "../../parts/ClusterLinks.tsx";
import { Link, useSearch } from "../../router.tsx";
import { countText, plural } from "../../text/amounts.ts";
import { Pager, SearchField, usePages } from "./pages.tsx";
import "./chain.css";

/** Clusters, page by page. */
export function Clusters() {
  const [q] = useSearch("q");
  const pages = usePages(q);
  const query = useClusters(pages.before, q);
  return (
    <>
      <h1>Clusters</h1>
      <div className="chain-tools">
        <SearchField label="Search" hint="number, name, slug or owner" />
        <Link to={{ view: "newCluster" }}>New cluster</Link>
      </div>
      <Answer query={query} what="the clusters" isPart>
        {({ clusters, total, next }) => (
          <Card id="clusters" title={`${plural(total, "cluster")}, the newest first`}>
            {clusters.length === 0 &&
              (q === undefined ? (
                <Empty>
                  There is none yet. <Link to={{ view: "newCluster" }}>Make one here</Link>, or:{" "}
                  <Command line="pleiad cluster apply cluster.yaml" />
                </Empty>
              ) : (
                <Empty>None is called that.</Empty>
              ))}
            <ul className="rows">
              {clusters.map((cluster) => (
                <li key={cluster.cluster} className="row">
                  <Link to={{ view: "cluster", id: cluster.cluster }} className="row-title">
                    <Name text={cluster.name} fallback={`Cluster ${cluster.cluster}`} />
                  </Link>
                  <span className="row-text muted">
                    {plural(cluster.agents, "agent")},{" "}
                    <Link to={{ view: "versions", id: cluster.cluster }}>
                      {plural(cluster.versions, "version")}
                    </Link>
                  </span>
                  {cluster.running > 0 && (
                    <Badge tone="busy">{`${countText(cluster.running)} running`}</Badge>
                  )}
                  <ClusterLinks cluster={cluster} />
                </li>
              ))}
            </ul>
            <Pager {...pages} next={next} />
          </Card>
        )}
      </Answer>
    </>
  );
}
