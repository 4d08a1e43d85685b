export { Terminal as HeadlessTerminal } from "@xterm/headless";
