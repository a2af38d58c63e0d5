import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRpc } from '../../feeds/use-rpc.ts';
import { Panel } from '../../ui/panel.tsx';

/** Indented for reading; as it is where it is no JSON. */
function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), undefined, 2);
  } catch {
    return json;
  }
}

export function Configuration(): ReactNode {
  const { t } = useTranslation();
  const of = useRpc('ats.opportunity.v1.EngineService', 'GetEngineConfiguration', {});
  return (
    <Panel title={t('Settings of the engine')} of={of} lines={14}>
      {({ json }) => <pre className="mono">{pretty(json)}</pre>}
    </Panel>
  );
}
