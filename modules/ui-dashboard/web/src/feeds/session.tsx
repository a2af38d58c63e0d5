import { createContext, type ReactNode, useContext } from 'react';
import type { SessionView } from '../../../src/contract.ts';

const SessionContext = createContext<SessionView | undefined>(undefined);

interface SessionProviderProps {
  readonly session: SessionView;
  readonly children: ReactNode;
}

export function SessionProvider({ session, children }: SessionProviderProps): ReactNode {
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): SessionView {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('No session: the frame provides it.');
  return session;
}

/** Whether the person may; what they may not do is not shown. */
export const useMay = (permission: string): boolean =>
  useSession().user.permissions.includes(permission);
