import { Component, type ReactNode } from "react";

/** What met a bug says so in its place; the rest of the page stays. */
export class Broken extends Component<
  { readonly children: ReactNode },
  { readonly error: Error | undefined }
> {
  override state: { readonly error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    // A file of the page that is gone: the daemon was updated under it.
    const isOld = /dynamically imported module|Importing a module/.test(error.message);
    return (
      <section className="calm" role="alert">
        <h1>{isOld ? "This page is older than the daemon" : "This view met a bug"}</h1>
        <p>{isOld ? "Open it anew, with an address that has a token: pleiad dashboard" : error.message}</p>
        <p>
          <button type="button" onClick={() => this.setState({ error: undefined })}>
            Try again
          </button>
        </p>
      </section>
    );
  }
}
