import type { Address, Hex } from "viem";
import type { LogBody, LogEntryKind, LogFeed } from "./logEntry.ts";

/*
 * An exported cluster log: lines of JSON (NDJSON), version 1. Bytes are in base64, numbers that may not fit into a double in
 * decimal text.
 *
 * | line | what |
 * |---|---|
 * | `{"format":"pleiad cluster log","version":1,…}` | first: which log, and of each feed where what is here begins and ends |
 * | `{"key":{node,generation,epoch,key}}` | key of a feed, with which its bodies are read; only where that was asked for |
 * | `{"certificate":…}` | a record as it travels, before the first entry that is signed under it |
 * | `{"fork":[…,…]}` | two signed entries with one number; before the entries of its feed |
 * | `{"kept":…}` | one entry from below a feed's base, which proves itself alone; before the entries of its feed |
 * | `{"entry":…}` | an entry; those of one feed in its order |
 * | `{"end":{…}}` | last: how many of each there are |
 */
export const LOG_EXPORT_FORMAT = "pleiad cluster log";
export const LOG_EXPORT_VERSION = 1;
/** A first line with all the feeds that a cluster may have, or a fork of two of the longest entries. */
export const LOG_EXPORT_LINE_CHARS_MAX = 1_048_576;
/** As many feeds as a cluster's log takes. */
export const LOG_EXPORT_FEEDS_MAX = 1_024;
/** Two a day of each of 64 members for more than two years; about 1 KiB each in the memory of who verifies. */
export const LOG_EXPORT_CERTIFICATES_MAX = 131_072;
/** As many keys as a node keeps of a cluster. */
export const LOG_EXPORT_KEYS_MAX = 65_536;

/** A place in a feed. */
export interface LogPlace {
  readonly sequence: number;
  readonly hash: Hex;
  readonly stamp: bigint;
}

/** A feed as an export has it. */
export interface LogExportFeed {
  readonly feed: LogFeed;
  /** The last entry that was pruned: the first that is here links to it. Number 0 where nothing was. */
  readonly base: LogPlace;
  /** The last entry that is here. */
  readonly head: LogPlace;
  /** The number that two entries have; the feed ends before it. */
  readonly forkedAt?: number;
}

export interface LogExportHeader {
  readonly chainId: number;
  readonly clusterRegistry: Address;
  readonly nodeRegistry: Address;
  readonly cluster: bigint;
  /** Unix milliseconds by the clock of who exported. */
  readonly exportedAtMs: number;
  /** Whether the keys to read the bodies with are in it. */
  readonly withKeys: boolean;
  readonly feeds: readonly LogExportFeed[];
}

/** How many lines of each kind an export has. */
export interface LogExportCounts {
  readonly keys: number;
  readonly certificates: number;
  readonly forks: number;
  readonly kept: number;
  readonly entries: number;
}

export type LogExportLine =
  | { readonly kind: "header"; readonly header: LogExportHeader }
  | { readonly kind: "key"; readonly key: LogExportKey }
  | { readonly kind: "certificate"; readonly bytes: Uint8Array }
  | { readonly kind: "fork"; readonly entries: readonly [Uint8Array, Uint8Array] }
  | { readonly kind: "kept" | "entry"; readonly bytes: Uint8Array }
  | { readonly kind: "end"; readonly counts: LogExportCounts };

/** A key of a feed. Secret: who has it reads what the feed says in that epoch. */
export interface LogExportKey {
  readonly feed: LogFeed;
  readonly epoch: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** An entry that was verified. */
export interface VerifiedLogEntry {
  readonly feed: LogFeed;
  readonly sequence: number;
  readonly stamp: bigint;
  /** Unix milliseconds of the stamp, by the clock of who signed. */
  readonly atMs: number;
  readonly kind: LogEntryKind;
  /** SHA-256 of the signed entry: its name. */
  readonly hash: Hex;
  /** From below its feed's base: what was around it is not here. */
  readonly isKept: boolean;
  /** What it says; undefined where the export has no key that opens it, or it says nothing that can be read. */
  readonly said: LogBody | undefined;
}

/** A feed of an export that was verified. */
export interface VerifiedLogFeed extends LogExportFeed {
  readonly entries: number;
  readonly kept: number;
  /** Whether its node is a member of the cluster by the chain now. */
  readonly isMember: boolean;
}

/** What the verification of an export found; that it answered at all means that every check passed. */
export interface LogExportVerification {
  readonly chainId: number;
  readonly cluster: bigint;
  readonly exportedAtMs: number;
  readonly feeds: readonly VerifiedLogFeed[];
  readonly entries: number;
  readonly kept: number;
  readonly forks: number;
  /** Certificates that entries were signed under. */
  readonly certificates: number;
  /** Unix milliseconds of the earliest and of the latest entry; undefined where there is none. */
  readonly firstAtMs: number | undefined;
  readonly lastAtMs: number | undefined;
  /** Nodes that are members of the cluster by the chain now. */
  readonly members: readonly bigint[];
  /** Entries whose author, type and data could be read. */
  readonly readable: number;
  /** The block as of which the chain was asked who is a member. */
  readonly asOf: { readonly number: bigint; readonly hash: Hex };
}
