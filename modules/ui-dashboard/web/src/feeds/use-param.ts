import { useSearchParams } from 'react-router';

/** A filter or a selection in the address, so that a view can be sent to a colleague. */
export function useParam(
  name: string,
  fallback = '',
): readonly [value: string, set: (value: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = (value: string): void =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === fallback) next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return [params.get(name) ?? fallback, set];
}
