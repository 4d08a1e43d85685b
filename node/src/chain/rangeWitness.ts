import { createHash } from "node:crypto";
import type { Logger } from "pino";
import type { Address, Hex } from "viem";
import type { RpcLog } from "./parseLog.ts";
import type { LogTaker, Provider, Rpc } from "./rpc.ts";

/** Which of our logs somebody says that a block has. */
export interface BlockMark {
  readonly hash: Hex;
  /** What each of them says, see `sayingOf`, in order. */
  readonly logs: readonly string[];
}

/** What somebody says of a range: its blocks with our logs, by number. */
export type RangeMarks = ReadonlyMap<bigint, BlockMark>;

/** What one endpoint says of a range. */
interface Statement {
  readonly provider: Provider;
  readonly marks: RangeMarks;
}

/**
 * Asks a second endpoint for each range of the log, as the headers that would show what is left out are not read, and as what
 * was handed over of a final block is not taken back: what was made up would be found out too late (`agreement.ts`).
 *
 * | the two | a block's logs are |
 * |---|---|
 * | say the same | taken |
 * | differ, and there are others | what most of all say; of as many, those who say more |
 * | differ, and there is nobody else | those of the one who says more |
 */
export interface RangeWitness {
  /** Begins to ask; undefined where there is nobody besides the endpoint that answers. */
  ask(from: bigint, to: bigint): Promise<Statement | undefined> | undefined;
  /**
   * The blocks whose logs are to be had elsewhere, and from whom.
   *
   * @param own What the endpoint said that answers.
   */
  settle(
    range: { readonly from: bigint; readonly to: bigint },
    asked: Promise<Statement | undefined> | undefined,
    own: RangeMarks,
  ): Promise<ReadonlyMap<bigint, Provider>>;
}

export function createRangeWitness(modules: {
  readonly rpc: Rpc;
  readonly addresses: readonly Address[];
  readonly logger: Logger;
}): RangeWitness {
  const { rpc, addresses, logger } = modules;

  /** Those who are well and quick, but for the first, which is the one that answers. */
  function others(): readonly Provider[] {
    const well = new Set(rpc.health().flatMap(({ name, state }) => (state === "well" ? [name] : [])));
    return rpc
      .providers()
      .filter(({ name, isSlow }) => well.has(name) && !isSlow)
      .slice(1);
  }

  async function statementOf(provider: Provider, from: bigint, to: bigint): Promise<Statement | undefined> {
    const scope = { fromBlock: from, toBlock: to };
    try {
      return { provider, marks: await provider.readLogs(scope, addresses, createMarks) };
    } catch (error) {
      // That it failed is in its health. Catching up goes on with one endpoint, as it would where there is no other.
      logger.debug({ err: error, from, to }, "a range of the log was read from one endpoint alone");
      return undefined;
    }
  }

  return {
    ask(from, to) {
      const [witness] = others();
      return witness === undefined ? undefined : statementOf(witness, from, to);
    },
    async settle({ from, to }, asked, own) {
      const first = await asked;
      const found = new Map<bigint, Provider>();
      if (first === undefined) return found;
      const contested = differencesOf(own, first.marks);
      if (contested.length === 0) return found;
      const rest = others().filter(({ name }) => name !== first.provider.name);
      const more = await Promise.all(rest.map((provider) => statementOf(provider, from, to)));
      const statements = [first, ...more.filter((statement) => statement !== undefined)];
      for (const number of contested) {
        const provider = whoToBelieve(own.get(number), number, statements);
        if (provider !== undefined) found.set(number, provider);
      }
      const names = statements.map(({ provider }) => provider.name);
      logger.warn(
        {
          code: "RPC_DISAGREEMENT",
          from,
          to,
          blocks: contested.slice(0, BLOCKS_NAMED_MAX),
          asked: names,
          limitAs: "range",
        },
        "endpoints do not have the same logs in a range",
      );
      return found;
    },
  };
}

/** Blocks that a line of the log names. */
const BLOCKS_NAMED_MAX = 8;

/** Notes which logs there are, and what they say. */
export function createMarks(): LogTaker<RangeMarks> {
  const marks = new Map<bigint, { readonly hash: Hex; readonly logs: string[] }>();
  return {
    end: () => marks,
    log(log) {
      const { blockNumber, blockHash } = log;
      const mark = marks.get(blockNumber);
      if (mark === undefined) marks.set(blockNumber, { hash: blockHash, logs: [sayingOf(log)] });
      else mark.logs.push(sayingOf(log));
    },
  };
}

/** A log's place in its block and what it says, in a few characters. */
export function sayingOf({ logIndex, address, topics, data, transactionHash }: RpcLog): string {
  const said = createHash("sha256").update(`${address} ${topics.join()} ${data} ${transactionHash}`);
  return `${logIndex}:${said.digest("base64")}`;
}

function differencesOf(own: RangeMarks, theirs: RangeMarks): readonly bigint[] {
  const numbers = new Set([...own.keys(), ...theirs.keys()]);
  return [...numbers]
    .filter((number) => textOf(own.get(number)) !== textOf(theirs.get(number)))
    .sort(compare);
}

/** Whose logs of a block are to be taken; undefined for those that one has. */
function whoToBelieve(
  own: BlockMark | undefined,
  number: bigint,
  statements: readonly Statement[],
): Provider | undefined {
  const ballots = new Map<string, { votes: number; logs: number; provider: Provider | undefined }>();
  ballots.set(textOf(own), { votes: 1, logs: own?.logs.length ?? 0, provider: undefined });
  for (const { provider, marks } of statements) {
    const mark = marks.get(number);
    const ballot = ballots.get(textOf(mark));
    if (ballot !== undefined) ballot.votes += 1;
    else ballots.set(textOf(mark), { votes: 1, logs: mark?.logs.length ?? 0, provider });
  }
  const [best] = [...ballots.values()].sort((a, b) => b.votes - a.votes || b.logs - a.logs);
  return best?.provider;
}

function textOf(mark: BlockMark | undefined): string {
  return mark === undefined ? "" : `${mark.hash} ${mark.logs.join(" ")}`;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
