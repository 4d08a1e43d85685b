import { type ReactNode, Suspense, useSyncExternalStore } from "react";
import { Broken } from "./parts/Broken.tsx";
import { Door } from "./parts/Door.tsx";
import { Frame } from "./parts/Frame.tsx";
import { Link, type Place, pathOf, usePlace } from "./router.tsx";
import { currentSession, onSession } from "./session.ts";
import { VIEWS } from "./views/table.tsx";

export function App() {
  const session = useSyncExternalStore(onSession, currentSession);
  const place = usePlace();
  if (session.state === "closed") return <Door reason={session.reason} />;
  return (
    <Frame>
      <Broken key={pathOf(place)}>
        <Suspense fallback={<p className="loading">Opening the view…</p>}>{viewOf(place)}</Suspense>
      </Broken>
    </Frame>
  );
}

function viewOf(place: Place): ReactNode {
  if (place.view !== "unknown") {
    const view = VIEWS[place.view] as (place: Place) => ReactNode;
    return view(place);
  }
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
