import { Fragment, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { HaltDialog, type HaltMode } from '../../frame/halt-dialog.tsx';
import { bare, formatMoment, words } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { Panel } from '../../ui/panel.tsx';

type Status = Message<'ats.risk.v1.GetRiskStatusResponse'>;

const EVERY_MS = 1000;
const ENGINE = 'ats.opportunity.v1.EngineService';

/** Whether trading goes on, since when not, and what can be done. */
export function TradingControl(): ReactNode {
  const { t } = useTranslation();
  const of = useRpc('ats.risk.v1.RiskService', 'GetRiskStatus', {}, { everyMs: EVERY_MS });
  return (
    <Panel title={t('Trading')} of={of} lines={4}>
      {(status) => (
        <div className="stack">
          <Standing status={status} />
          <Actions status={status} />
          <EngineControl />
        </div>
      )}
    </Panel>
  );
}

function Standing({ status }: { readonly status: Status }): ReactNode {
  const { t } = useTranslation();
  if (!status.halted) return <p className="standing">{t('Trading goes on.')}</p>;
  const missing = status.resumePersons - status.resumeActors.length;
  return (
    <div className="stack">
      <p className="standing danger-text">
        {t(words(bare(status.mode, 'HALT_MODE_')))}: {status.haltReason}
      </p>
      <ul className="muted">
        {status.changes.map((change) => (
          <li key={change.atUs}>
            {formatMoment(change.atUs)} {change.actor}: {t(words(bare(change.mode, 'HALT_MODE_')))},{' '}
            {change.reason}
          </li>
        ))}
      </ul>
      {status.resumePersons > 1 && status.resumeActors.length > 0 ? (
        <p className="note-box">
          {t('{{names}} asked to resume; {{count}} more persons are needed.', {
            names: status.resumeActors.join(', '),
            count: missing,
          })}
        </p>
      ) : null}
    </div>
  );
}

function Actions({ status }: { readonly status: Status }): ReactNode {
  const { t } = useTranslation();
  const [mode, setMode] = useState<HaltMode>();
  const mayHalt = useMay('risk.halt');
  const order = ['HALT_MODE_REDUCING', 'HALT_MODE_HALTED', 'HALT_MODE_FLATTEN'] as const;
  const standing = order.indexOf(status.mode as HaltMode);
  const labels = [
    [t('Reduce only'), t('Refuses orders that add exposure; the rest goes on.')],
    [t('Halt'), t('No new orders at all; cancels and unwinds pass.')],
    [t('Flatten'), t('Halts, and closes all positions at the prices of the market.')],
  ] as const;
  return (
    <div className="stack">
      {status.halted ? (
        <div className="row">
          <Resume />
        </div>
      ) : null}
      {mayHalt ? (
        <div className="ladder">
          {order.map((one, index) => (
            <Fragment key={one}>
              <Button tone="danger-line" disabled={index <= standing} onClick={() => setMode(one)}>
                {labels[index]?.[0]}
              </Button>
              <span className="muted">
                {index === standing ? t('In force.') : labels[index]?.[1]}
              </span>
            </Fragment>
          ))}
        </div>
      ) : (
        <p className="muted">{t('Your role may look at this, and not change it.')}</p>
      )}
      <HaltDialog mode={mode} onClose={() => setMode(undefined)} />
    </div>
  );
}

function Resume(): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  const may = useMay('risk.resume');
  const resume = useAct('ats.risk.v1.RiskService', 'ResumeTrading');
  if (!may) return null;
  return (
    <ConfirmButton
      label={t('Resume trading')}
      title={t('Resume trading?')}
      says={t(
        'New orders are taken again at once. Where several persons are needed, this counts as yours.',
      )}
      tone="primary"
      asksReason
      error={resume.error}
      act={(reason) => resume.act({ reason, actor: user.name })}
    />
  );
}

/** The engine alone: detection, and whether approved opportunities become trades. */
function EngineControl(): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  const may = useMay('engine.control');
  const trading = useRpc(ENGINE, 'GetTradingStatus', {}, { everyMs: EVERY_MS });
  const start = useAct(ENGINE, 'StartTrading');
  const stop = useAct(ENGINE, 'StopTrading');
  if (trading.data === undefined) return null;
  const { data } = trading;
  return (
    <div className="stack">
      <p className="muted">
        {data.trading
          ? t('The engine makes trades; {{count}} are open.', { count: data.openTrades })
          : t('The engine makes no new trades: {{reason}}', { reason: data.haltReason })}
      </p>
      {data.troubles.map((trouble) => (
        <p key={trouble} className="note-box">
          {trouble}
        </p>
      ))}
      {may && data.trading ? (
        <div className="row">
          <ConfirmButton
            label={t('Stop new trades')}
            title={t('Make no new trades?')}
            says={t(
              'The engine goes on looking, but trades nothing. Open trades end as they would.',
            )}
            asksReason
            error={stop.error}
            act={(reason) => stop.act({ reason, actor: user.name })}
          />
        </div>
      ) : null}
      {may && !data.trading ? (
        <div className="row">
          <ConfirmButton
            label={t('Make trades again')}
            title={t('Make trades again?')}
            says={t('Approved opportunities become trades at once.')}
            error={start.error}
            act={() => start.act({ actor: user.name })}
          />
        </div>
      ) : null}
    </div>
  );
}
