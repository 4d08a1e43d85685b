import { type RefObject, useEffect } from "react";

/**
 * `j` and `k` go from question to question; a number goes to that answer of the question one is in, and gives none: Enter does, as on
 * every button. So no single key that somebody types by mistake answers anything.
 */
export function useApprovalKeys(list: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    function heed(event: KeyboardEvent): void {
      const isTyping =
        event.target instanceof HTMLElement &&
        event.target.closest("input, textarea, select, dialog, [contenteditable], [data-takes-keys]") !==
          null;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      const questions = [...(list.current?.querySelectorAll<HTMLElement>("[data-question]") ?? [])];
      const current = questions.findIndex((question) => question.contains(document.activeElement));
      const step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
      if (step !== 0) {
        const next = current < 0 ? (step > 0 ? 0 : questions.length - 1) : current + step;
        questions[next]?.focus();
        questions[next]?.scrollIntoView({ block: "nearest" });
      } else if (/^[1-9]$/.test(event.key) && current >= 0) {
        const answers = questions[current]?.querySelectorAll<HTMLButtonElement>("[data-answer]");
        answers?.[Number(event.key) - 1]?.focus();
      }
    }
    addEventListener("keydown", heed);
    return () => removeEventListener("keydown", heed);
  }, [list]);
}
