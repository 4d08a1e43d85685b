import { Readable, Writable } from "node:stream";
import { bridgeStdio } from "../../workspace/mcp/bridge.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { accessOf, addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

/** `pleiad mcp`: a server for agents' hosts that speak MCP by standard input and output. */
export const define: DefineCommand = (command, around) => {
  addDaemonOptions(command);
  command.option(
    "--socket <path>",
    "a Unix socket that leads to the daemon, where there is no network; with --api",
  );
  addExamples(command, [
    ["pleiad mcp --node /srv/pleiad", "what an agent's host starts, with the token in PLEIAD_TOKEN"],
    ["pleiad mcp --node /srv/pleiad --token-file writer.token", "the same, with the token in a file"],
  ]);
  setAction<DaemonOptions & { readonly socket?: string }>(command, around, async ({ options, output }) => {
    const { apiUrl, apiToken } = await accessOf(options, around);
    await bridgeStdio(
      { apiUrl, token: apiToken, socketPath: options.socket, signal: around.stopSignal() },
      {
        stdin: new Readable().wrap(around.stdin),
        stdout: sinkOf((text) => around.stdout.write(text)),
        note: output.note,
      },
    );
    return 0;
  });
};

function sinkOf(write: (text: string) => boolean): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      write(String(chunk));
      done();
    },
  });
}
