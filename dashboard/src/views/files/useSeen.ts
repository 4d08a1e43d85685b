import { type RefObject, useEffect, useRef, useState } from "react";

/** Whether something has come near the screen: until then nothing is read for it. */
export function useSeen<Shown extends Element>(): readonly [RefObject<Shown | null>, boolean] {
  const shown = useRef<Shown>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const element = shown.current;
    if (element === null || isSeen) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
      },
      { rootMargin: "400px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [isSeen]);
  return [shown, isSeen];
}

const NARROW = "(max-width: 860px)";

/** Whether two sides of a diff have no room beside each other. */
export function useIsNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const media = matchMedia(NARROW);
    const heed = () => setNarrow(media.matches);
    media.addEventListener("change", heed);
    return () => media.removeEventListener("change", heed);
  }, []);
  return isNarrow;
}
