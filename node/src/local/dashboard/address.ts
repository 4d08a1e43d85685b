import { createTokenStore, type GivenRole } from "../../workspace/tokens/tokenStore.ts";

/** What `pleiad up` calls the token of the address that it prints. */
export const UP_LABEL = "dashboard, pleiad up";
/** A working day, and what is left of it tomorrow morning. Hours. */
export const PAGE_HOURS_DEFAULT = 24;
const HOUR_MS = 3_600_000;

/** An address of the dashboard with a token of its own in it. */
export interface PageAddress {
  readonly address: string;
  /** The token's, to revoke it by. */
  readonly id: string;
  readonly expiresAtMs: number;
}

/** Has a token made for a page, and puts it where no browser sends it: behind the `#`. */
export async function pageAddress(options: {
  /** The daemon's data folder. */
  readonly folder: string;
  readonly apiUrl: string;
  readonly role: GivenRole;
  readonly hours: number;
  /** One with the same label is revoked: there is one of them at a time. @default by the role, and others stay */
  readonly onlyLabel?: string;
}): Promise<PageAddress> {
  const { folder, apiUrl, role, hours, onlyLabel } = options;
  const expiresAtMs = Date.now() + hours * HOUR_MS;
  const tokens = createTokenStore({ dataFolder: folder });
  if (onlyLabel !== undefined)
    for (const { id, label } of await tokens.list()) if (label === onlyLabel) await tokens.revoke(id);
  const label = onlyLabel ?? `dashboard, ${role}`;
  const { id, token } = await tokens.create({ kind: "node" }, label, { role, expiresAtMs });
  return { address: `${new URL("/", apiUrl)}#token=${token}`, id, expiresAtMs };
}
