/** The other of dark and light, for as long as the page is open. Until then it is as the system wants it. */
export function nextTheme(): void {
  const { dataset } = document.documentElement;
  const isDark =
    dataset.theme === undefined
      ? matchMedia("(prefers-color-scheme: dark)").matches
      : dataset.theme === "dark";
  dataset.theme = isDark ? "light" : "dark";
}
