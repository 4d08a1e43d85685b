export function removeFolder(folder: string): string | undefined;
