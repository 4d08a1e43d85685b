import { useSlug } from "../../api/making.ts";
import { Card } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { slugFor } from "./draft.ts";
import type { EditProps } from "./editing.ts";
import { AreaField, TextField } from "./fields.tsx";

/** What people call it. */
export function About({ draft, edit, problemAt }: EditProps) {
  const { name, slug, hasOwnSlug, description } = draft;
  return (
    <Card id="about" title="What it is">
      <div className="form">
        <TextField
          label="Name"
          value={name}
          problem={problemAt("name", name)}
          placeholder="Document brief"
          onChange={(value) =>
            edit((before) => ({
              ...before,
              name: value,
              ...(hasOwnSlug ? {} : { slug: slugFor(value) }),
            }))
          }
        />
        <TextField
          label="Slug"
          value={slug}
          isMono
          problem={problemAt("slug", slug)}
          hint={<SlugHint slug={slug} />}
          onChange={(value) => edit((before) => ({ ...before, slug: value, hasOwnSlug: value !== "" }))}
        />
        <AreaField
          label="Description"
          rows={2}
          value={description}
          problem={problemAt("description", description)}
          onChange={(value) => edit((before) => ({ ...before, description: value }))}
        />
      </div>
    </Card>
  );
}

function SlugHint({ slug }: { readonly slug: string }) {
  const { data } = useSlug(slug);
  if (data === undefined || data.slug !== slug)
    return <>Its short name on the chain, for ever: small letters, digits and hyphens.</>;
  if (data.cluster === null) return <>Nobody has it yet.</>;
  return (
    <span className="make-problem" role="status">
      Taken by <Link to={{ view: "cluster", id: data.cluster }}>cluster {data.cluster}</Link>: choose another.
    </span>
  );
}
