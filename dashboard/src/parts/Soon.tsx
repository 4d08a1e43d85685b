import { Command } from "./basics.tsx";

/** A view that is not there yet says so, and where to have it meanwhile. */
export function Soon({ title }: { readonly title: string }) {
  return (
    <section className="calm">
      <h1>{title}</h1>
      <p>This view is not there yet. The command line has it:</p>
      <p>
        <Command line="pleiad --help" />
      </p>
    </section>
  );
}
