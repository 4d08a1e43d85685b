import { useSyncExternalStore } from "react";
import { Door } from "./parts/Door.tsx";
import { Frame } from "./parts/Frame.tsx";
import { Link, type Place, usePlace } from "./router.tsx";
import { currentSession, onSession } from "./session.ts";
import { Execution } from "./views/Execution.tsx";
import { Cluster, Clusters, Executions } from "./views/Lists.tsx";
import { Overview } from "./views/Overview.tsx";

export function App() {
  const session = useSyncExternalStore(onSession, currentSession);
  const place = usePlace();
  if (session.state === "closed") return <Door reason={session.reason} />;
  return (
    <Frame>
      <View place={place} />
    </Frame>
  );
}

function View({ place }: { readonly place: Place }) {
  switch (place.view) {
    case "overview":
      return <Overview />;
    case "executions":
      return <Executions />;
    case "execution":
      return <Execution key={place.id} id={place.id} />;
    case "clusters":
      return <Clusters />;
    case "cluster":
      return <Cluster key={place.id} id={place.id} />;
    case "unknown":
      return (
        <section className="calm">
          <h1>That page is not here</h1>
          <p>The link leads to nothing that this page shows.</p>
          <p>
            <Link to={{ view: "overview" }}>To the overview</Link>
          </p>
        </section>
      );
  }
}
