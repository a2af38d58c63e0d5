import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../feeds/session.tsx';
import { useParam } from '../../feeds/use-param.ts';
import { Segments } from '../../ui/field.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { AccessLog } from './access-log.tsx';
import { Approvals } from './approvals.tsx';
import { Keys } from './keys.tsx';
import { Me } from './me.tsx';
import { Users } from './users.tsx';

const PARTS = [
  { value: 'me', label: 'Me', permission: 'access.own' },
  { value: 'users', label: 'Users', permission: 'users.manage' },
  { value: 'approvals', label: 'Approvals', permission: 'approvals.read' },
  { value: 'keys', label: 'Exchange keys', permission: 'keys.manage' },
  { value: 'log', label: 'Access log', permission: 'audit.read' },
] as const;

const PAGES = { me: Me, users: Users, approvals: Approvals, keys: Keys, log: AccessLog } as const;

/** People, what they may do, what they did. Parts that the role does not allow are not offered. */
export function Admin(): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  const [tab, setTab] = useParam('tab', 'me');
  const parts = PARTS.filter(({ permission }) => user.permissions.includes(permission));
  const shown = parts.find(({ value }) => value === tab) ?? parts[0];
  const Part = shown === undefined ? undefined : PAGES[shown.value];
  return (
    <>
      <PageHead title={t('Administration')}>
        <Segments
          label={t('Part')}
          value={shown?.value ?? ''}
          options={parts.map(({ value, label }) => ({ value, label: t(label) }))}
          onValue={setTab}
        />
      </PageHead>
      {Part === undefined ? null : <Part />}
    </>
  );
}
