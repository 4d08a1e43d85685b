import type { PleiadError } from "@pleiad/sdk/errors";
import { OBJECTIONS_MAX } from "./agreement.ts";
import { chainFailure } from "./errors.ts";
import { agreedText } from "./everyEndpoint.ts";
import type { RpcBlock } from "./parse.ts";
import type { Provider, Rpc } from "./rpc.ts";

/** Blocks that the second endpoint had not yet when it was asked, and that are compared with the next ones. */
export const HEADERS_UNCOMPARED_MAX = 32;
/** Blocks of which it is counted how often they cannot be what was told. */
const OBJECTED_BLOCKS_MAX = 64;

type Told = readonly (RpcBlock | null)[];

/**
 * Compares headers with those of a second endpoint. In a header stand the time by which deadlines, windows and the day's
 * spending are judged, and the bloom by which it is known whether a block has logs of ours.
 *
 * | the two | the block is |
 * |---|---|
 * | say the same | taken |
 * | tell of different blocks | taken where a reorganisation may be why: which one is canonical is for `agreement.ts` |
 * | say different things of one block, or of a final one's number | what most of all say; those who say otherwise are left out |
 * | say different things of one block, and there is no majority | held up until there is one |
 *
 * What the second has not yet is taken, and compared when it has.
 */
export interface HeaderWitness {
  /** Begins to ask for blocks that are to be followed; undefined where there is nobody besides the endpoint that answers. */
  ask(numbers: readonly bigint[]): Promise<Told> | undefined;
  /** The same for blocks that no reorganisation can reach any more. */
  askFinal(numbers: readonly bigint[]): Promise<Told> | undefined;
  /**
   * @param asked What `ask` answered for the numbers of `blocks`
   * @throws PleiadError RPC_DISAGREEMENT (retryable; details: number) where what was told of a block, now or before, is not so
   */
  settle(blocks: readonly RpcBlock[], asked: Promise<Told> | undefined): Promise<void>;
  /** The same for what `askFinal` answered. */
  settleFinal(blocks: readonly RpcBlock[], asked: Promise<Told> | undefined): Promise<void>;
  /**
   * What was told of blocks cannot be: who tells them otherwise than most is left out, once that has been so some times, as a
   * reorganisation passes.
   */
  object(numbers: readonly bigint[], error: PleiadError): Promise<void>;
}

export function createHeaderWitness(modules: { readonly rpc: Rpc }): HeaderWitness {
  const { rpc } = modules;
  const isAlone = rpc.health().length === 1;
  /** Followed, and not compared yet; oldest first. */
  let uncompared: readonly RpcBlock[] = [];
  const objections = new Map<bigint, number>();

  /** The second of those who are well and quick: the first is the one that answers. */
  function second(): Provider | undefined {
    const well = new Set(rpc.health().flatMap(({ name, state }) => (state === "well" ? [name] : [])));
    return rpc.providers().filter(({ name, isSlow }) => well.has(name) && !isSlow)[1];
  }

  /** Leaves out who tells a block otherwise than most do. @returns what most tell, as a text; undefined where there is no such thing */
  async function outvote(
    number: bigint,
    textOf: (block: RpcBlock | null) => string,
    error: PleiadError,
  ): Promise<string | undefined> {
    const providers = rpc.providers();
    const answers = await Promise.allSettled(providers.map((provider) => provider.blockByNumber(number)));
    const told: { readonly provider: Provider; readonly text: string }[] = [];
    for (const [index, answer] of answers.entries()) {
      const provider = providers[index];
      // That one failed is in its health; it says neither yes nor no.
      if (provider === undefined || answer.status === "rejected") continue;
      told.push({ provider, text: textOf(answer.value) });
    }
    const most = agreedText(told.map(({ text }) => text));
    if (told.filter(({ text }) => text === most).length < 2) return undefined;
    for (const { provider, text } of told) if (text !== most) provider.distrust(error);
    return most;
  }

  /** @returns those that the second endpoint does not have */
  async function compare(blocks: readonly RpcBlock[], told: Told, isFinal: boolean): Promise<RpcBlock[]> {
    const others = new Map(told.flatMap((block) => (block === null ? [] : [[block.number, block]])));
    const left: RpcBlock[] = [];
    for (const block of blocks) {
      const other = others.get(block.number);
      if (other === undefined) left.push(block);
      else if (headerText(other) !== headerText(block)) {
        const isSame = other.hash === block.hash;
        if (isSame || isFinal) await contest(block, isSame);
      }
    }
    return left;
  }

  async function contest(block: RpcBlock, isSame: boolean): Promise<void> {
    const error = disagreement(block);
    const most = await outvote(block.number, headerText, error);
    if (most === headerText(block) || (most === undefined && !isSame)) return;
    throw error;
  }

  function ask(numbers: readonly bigint[]): Promise<Told> | undefined {
    if (isAlone) return undefined;
    // Whoever fails says nothing.
    return second()
      ?.blocksByNumber(numbers)
      .catch(() => []);
  }

  return {
    ask: (numbers) => ask([...uncompared.map(({ number }) => number), ...numbers]),
    askFinal: ask,
    async settle(blocks, asked) {
      if (isAlone) return;
      const all = [...uncompared, ...blocks];
      uncompared = [];
      const left = await compare(all, (await asked) ?? [], false);
      uncompared = left.slice(-HEADERS_UNCOMPARED_MAX);
    },
    async settleFinal(blocks, asked) {
      await compare(blocks, (await asked) ?? [], true);
    },
    async object(numbers, error) {
      if (isAlone) return;
      for (const number of numbers) {
        const count = (objections.get(number) ?? 0) + 1;
        objections.delete(number);
        if (count >= OBJECTIONS_MAX) await outvote(number, (block) => block?.hash ?? "none", error);
        else objections.set(number, count);
      }
      const [oldest] = objections.keys();
      if (objections.size > OBJECTED_BLOCKS_MAX && oldest !== undefined) objections.delete(oldest);
    },
  };
}

/** What is the same for all who tell of the same block. */
function headerText(block: RpcBlock | null): string {
  if (block === null) return "none";
  const { hash, parentHash, timestamp, logsBloom } = block;
  return [hash, parentHash, timestamp, logsBloom].join(" ");
}

function disagreement({ number, hash }: Pick<RpcBlock, "number" | "hash">): PleiadError {
  const what = `eth_getBlockByNumber ${number}: endpoints tell different headers of block ${number} (${hash})`;
  return chainFailure("RPC_DISAGREEMENT", what, { details: { number, hash } });
}
