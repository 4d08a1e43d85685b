import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ask, read, write } from "./client.ts";
import type { FolderDiffFilesAnswer, FoldersAnswer } from "./types.ts";

/**
 * What agents have of projects. Keys: `["folders"]` the list with the queue, `["folder", agent, …]` all of one copy, `["merge", id]`. The
 * topics `folder` and `merge` of the daemon's changes make them read anew; of files, `useFileChanges` does.
 */

export type Folder = FoldersAnswer["folders"][number];
export type MergeRow = FoldersAnswer["merges"][number];
export type DiffKind = FolderDiffFilesAnswer["kind"];
export type DiffFile = FolderDiffFilesAnswer["files"][number];

/** What is compared with what. */
export interface Compared {
  readonly kind: DiffKind;
  readonly checkpoint: string | undefined;
}

export function useFolders() {
  return useQuery({ queryKey: ["folders"], queryFn: ({ signal }) => read("/folders", {}, {}, signal) });
}

export function useMerge(id: number, isWanted = true) {
  return useQuery({
    queryKey: ["merge", String(id)],
    enabled: isWanted,
    queryFn: ({ signal }) => read("/folders/merges/{id}", { id }, {}, signal),
  });
}

/** @param limit files that are listed; the sums are of all. @default as many as there may be */
export function useDiffFiles(agent: string, compared: Compared, limit?: number, isWanted = true) {
  return useQuery({
    queryKey: ["folder", agent, "files", compared.kind, compared.checkpoint, limit],
    enabled: isWanted,
    queryFn: ({ signal }) => read("/folders/{agent}/diff/files", { agent }, { ...compared, limit }, signal),
  });
}

/** One file's text. What it is of is in its key by both contents' ids, so that it is read anew when it changed, and then alone. */
export function useDiffFile(
  agent: string,
  compared: Compared,
  { path, idBefore, id, mode }: DiffFile,
  isWanted: boolean,
) {
  return useQuery({
    queryKey: ["folderText", agent, compared, path, idBefore, id, mode],
    enabled: isWanted,
    queryFn: ({ signal }) => read("/folders/{agent}/diff/file", { agent }, { ...compared, path }, signal),
  });
}

export function useCheckpoints(agent: string, isWanted = true) {
  return useQuery({
    queryKey: ["folder", agent, "checkpoints"],
    enabled: isWanted,
    queryFn: ({ signal }) => read("/folders/{agent}/checkpoints", { agent }, {}, signal),
  });
}

export function usePreview(agent: string, target: string | undefined, isWanted: boolean) {
  return useQuery({
    queryKey: ["folder", agent, "preview", target],
    enabled: isWanted,
    retry: false,
    queryFn: ({ signal }) => read("/folders/{agent}/preview", { agent }, { target }, signal),
  });
}

/** Who can be written to about a copy: agents of its cluster. */
export function useTeamOf(cluster: string | null) {
  return useQuery({
    queryKey: ["workspace", cluster ?? "", "presence", "agents"],
    enabled: cluster !== null,
    queryFn: ({ signal }) => read("/workspace/{cluster}/agents", { cluster: cluster ?? "" }, {}, signal),
  });
}

/** Messages that this token sent, or of one conversation those that came. */
export function useMessages(cluster: string | null, what: { readonly thread?: string }, isWanted = true) {
  const { thread } = what;
  return useQuery({
    queryKey: ["workspace", cluster ?? "", "messages", "ofFiles", thread],
    enabled: cluster !== null && isWanted,
    queryFn: () =>
      write(
        "POST /workspace/{cluster}/messages/read",
        { cluster: cluster ?? "" },
        thread === undefined ? { box: "sent", limit: 200 } : { box: "all", thread, limit: 200 },
      ),
  });
}

/** When a file of an agent was last seen to change, by `AGENT PATH`. */
export type Seen = ReadonlyMap<string, number>;

/** Files that are remembered as changed lately: more than are looked at. */
const SEEN_MAX = 500;
/** Between two tries, doubled each time. Milliseconds. */
const AGAIN_MS_MIN = 500;
const AGAIN_MS_MAX = 8_000;
/** What a line of the stream may take: a batch of 500 changes with long names. Characters. */
const LINE_CHARACTERS_MAX = 4_194_304;

/**
 * Hears of changes of files as they happen, of one agent or of all, and has what was read of them read anew.
 *
 * @param watched what is watched: where it changes, the stream begins anew
 */
export function useFileChanges(agent: string | undefined, watched: string, isWanted: boolean): Seen {
  const queries = useQueryClient();
  const [seen, setSeen] = useState<Seen>(new Map());
  const known = useRef(seen);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `watched` begins it anew.
  useEffect(() => {
    if (!isWanted) return;
    const end = new AbortController();
    let againMs = AGAIN_MS_MIN;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const path = agent === undefined ? "/folders/changes" : `/folders/${encodeURIComponent(agent)}/changes`;

    function heed(line: string): void {
      const told = JSON.parse(line) as {
        readonly changes?: readonly { readonly agent: string; readonly path: string }[];
      };
      againMs = AGAIN_MS_MIN;
      if (told.changes === undefined) return;
      const next = new Map(known.current);
      for (const { agent: whose, path: file } of told.changes) {
        next.delete(`${whose} ${file}`);
        next.set(`${whose} ${file}`, Date.now());
      }
      for (const key of [...next.keys()].slice(0, Math.max(0, next.size - SEEN_MAX))) next.delete(key);
      known.current = next;
      setSeen(next);
      for (const whose of new Set(told.changes.map((change) => change.agent)))
        void queries.invalidateQueries({ queryKey: ["folder", whose, "files"] });
    }

    async function follow(): Promise<void> {
      try {
        // It goes on for as long as somebody looks.
        const response = await ask(path, { signal: end.signal, timeoutMs: 2 ** 31 - 1 });
        const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
        for (let rest = ""; reader !== undefined; ) {
          const { done, value } = await reader.read();
          if (done || rest.length > LINE_CHARACTERS_MAX) break;
          const lines = (rest + value).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) heed(line);
        }
      } catch {
        // It is tried again, as long as somebody looks: the daemon may be gone for a while.
      }
      if (end.signal.aborted) return;
      timer = setTimeout(() => void follow(), againMs);
      againMs = Math.min(AGAIN_MS_MAX, againMs * 2);
    }

    void follow();
    return () => {
      end.abort();
      clearTimeout(timer);
    };
  }, [queries, agent, watched, isWanted]);
  return seen;
}
