import { Link } from "../router.tsx";
import { cleanName } from "../text/clean.ts";

/** Where one goes from a cluster in a list. */
export function ClusterLinks({
  cluster: { cluster: id, name, versions },
}: {
  readonly cluster: { readonly cluster: string; readonly name: string; readonly versions: number };
}) {
  const called = cleanName(name) || `cluster ${id}`;
  return (
    <span className="row-links">
      {versions > 0 && (
        <Link to={{ view: "run", id }} label={`Run ${called}`}>
          Run
        </Link>
      )}
      <Link to={{ view: "team", id }} label={`Team of ${called}`}>
        Team
      </Link>
    </span>
  );
}
