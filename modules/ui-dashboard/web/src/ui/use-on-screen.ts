import { type RefObject, useEffect, useState } from 'react';

/** One for all: the element's own answer is in the event that it gets. */
const watched = new WeakMap<Element, (isOnScreen: boolean) => void>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) watched.get(target)?.(isIntersecting);
  },
  { rootMargin: '100px' },
);

/** Whether an element is in view, or nearly. */
export function useOnScreen(of: RefObject<Element | null>): boolean {
  const [isOnScreen, setOnScreen] = useState(false);
  useEffect(() => {
    const element = of.current;
    if (element === null) return;
    watched.set(element, setOnScreen);
    observer.observe(element);
    return () => observer.unobserve(element);
  }, [of]);
  return isOnScreen;
}
