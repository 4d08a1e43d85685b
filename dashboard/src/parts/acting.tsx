import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { ApiFailure } from "../api/client.ts";
import { useMe } from "../api/queries.ts";

/** Whether the token may do something, and why not. */
export interface May {
  readonly may: boolean;
  readonly whyNot: string | undefined;
}

const ROLES = ["view", "act", "operate"] as const;

/** What the token may do, as the daemon says; the daemon refuses whatever else is tried. */
export function useMay(role: "act" | "operate" = "act"): May {
  const { data } = useMe();
  if (data === undefined) return { may: false, whyNot: "The daemon has not said yet what this token may." };
  if (ROLES.indexOf(data.role) >= ROLES.indexOf(role)) return { may: true, whyNot: undefined };
  return {
    may: false,
    whyNot:
      role === "act"
        ? "This token may look and not act. For one that may: pleiad dashboard --role act"
        : "This wants the API's own token, the content of api.token.",
  };
}

/** Something that is done by the daemon: what was read of it is read anew when it is done. */
export function useAct<Given, Done>(
  act: (given: Given) => Promise<Done>,
  options: {
    readonly changes?: readonly QueryKey[];
    readonly onDone?: (done: Done, given: Given) => void;
  } = {},
) {
  const queries = useQueryClient();
  return useMutation<Done, Error, Given>({
    mutationFn: act,
    networkMode: "always",
    async onSuccess(done, given) {
      options.onDone?.(done, given);
      await Promise.all((options.changes ?? []).map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
}

/** Why something could not be done, and what to do about it; nothing where it could. */
export function WhyNot({ error }: { readonly error: Error | null | undefined }) {
  if (error === null || error === undefined) return null;
  const failure = error instanceof ApiFailure ? error : undefined;
  return (
    <div className="why-not" role="alert">
      <p>
        <strong>{failure?.kind === "gone" ? "The daemon does not answer" : "That was refused"}</strong>{" "}
        {failure?.kind === "gone"
          ? "Whether it was done is not known: look before you do it again."
          : error.message}
      </p>
      {failure?.hint !== undefined && <p className="muted">{failure.hint}</p>}
    </div>
  );
}

/** A button that does something: off where the token may not, with the reason beside it. */
export function ActButton({
  may,
  isBusy = false,
  isDisabled = false,
  kind = "plain",
  onClick,
  type = "button",
  children,
}: {
  readonly may: May;
  readonly isBusy?: boolean;
  readonly isDisabled?: boolean;
  readonly kind?: "plain" | "chief" | "danger";
  readonly onClick?: () => void;
  readonly type?: "button" | "submit";
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <span className="act">
      <button
        type={type}
        className={kind === "plain" ? undefined : `button-${kind}`}
        disabled={!may.may || isBusy || isDisabled}
        aria-busy={isBusy}
        aria-describedby={may.whyNot === undefined ? undefined : id}
        onClick={onClick}
      >
        {children}
      </button>
      {may.whyNot !== undefined && (
        <span id={id} className="muted act-why">
          {may.whyNot}
        </span>
      )}
    </span>
  );
}
