export const DAEMON_FLAGS: readonly string[];
export const DAEMON_ENVIRONMENT: Readonly<Record<string, string>>;
export function keepCompiled(folder: string): void;
export function startsDaemon(args: readonly string[]): boolean;
export function takeDaemonFlags(program: string, args: readonly string[]): void;
export function hasStripped(): boolean;
export function leaveStripperBehind(program: string, args: readonly string[]): void;
