import { toBase64 } from "../internal/base64.ts";
import {
  LOG_EXPORT_FORMAT,
  LOG_EXPORT_VERSION,
  type LogExportFeed,
  type LogExportHeader,
  type LogExportLine,
  type LogPlace,
} from "../types/logExport.ts";

/**
 * One line of an exported cluster log, its end included. `types/logExport` has the table of lines.
 *
 * @example
 * file.write(encodeLogExportLine({ kind: "entry", bytes }));
 */
export function encodeLogExportLine(line: LogExportLine): string {
  return `${JSON.stringify(plain(line))}\n`;
}

function plain(line: LogExportLine): unknown {
  switch (line.kind) {
    case "header":
      return plainHeader(line.header);
    case "key": {
      const { feed, epoch, key } = line.key;
      return { key: { node: String(feed.node), generation: feed.generation, epoch, key: toBase64(key) } };
    }
    case "fork":
      return { fork: line.entries.map(toBase64) };
    case "end":
      return { end: line.counts };
    case "certificate":
    case "kept":
    case "entry":
      return { [line.kind]: toBase64(line.bytes) };
    default:
      return line satisfies never;
  }
}

function plainHeader({ cluster, feeds, ...facts }: LogExportHeader): unknown {
  return {
    format: LOG_EXPORT_FORMAT,
    version: LOG_EXPORT_VERSION,
    ...facts,
    cluster: String(cluster),
    feeds: feeds.map(plainFeed),
  };
}

function plainFeed({ feed, base, head, forkedAt }: LogExportFeed): unknown {
  return {
    node: String(feed.node),
    generation: feed.generation,
    base: plainPlace(base),
    head: plainPlace(head),
    forkedAt,
  };
}

function plainPlace({ sequence, hash, stamp }: LogPlace): unknown {
  return { sequence, hash, stamp: String(stamp) };
}
