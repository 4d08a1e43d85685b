export { SerializeAddon } from "@xterm/addon-serialize";
export { Terminal as HeadlessTerminal } from "@xterm/headless";
