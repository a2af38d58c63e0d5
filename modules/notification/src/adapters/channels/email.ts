import type { AtsError } from '@ats/domain';
import { createTransport } from 'nodemailer';
import { type Channel, channelFailed } from '../../app/channel.ts';
import type { EmailConfig } from '../../config.ts';
import { CHART_CID, layOut } from './email-layout.ts';
import { pngOf } from './png.ts';

/** Mail by SMTP. `Message-ID` follows from the message's id, so that a second try is recognised. */
export function openEmail(config: EmailConfig, options: { readonly timeoutMs: number }): Channel {
  const { timeoutMs } = options;
  const { host, port, security, user, password, from, certificateAuthority } = config;
  const transport = createTransport({
    ...{ host, port, secure: security === 'tls', requireTLS: security === 'starttls' },
    ignoreTLS: security === 'none',
    ...(user === undefined ? {} : { auth: { user, pass: password?.reveal() ?? '' } }),
    ...(certificateAuthority === undefined ? {} : { tls: { ca: certificateAuthority } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.match(/@([^>\s]+)/)?.[1] ?? 'ats.invalid';
  return {
    kind: 'email',
    async send(briefing, { address, messageId, nowUs }) {
      const { html, text } = layOut(briefing);
      const { chart, tone } = briefing;
      const urgent = tone === 'emergency' || tone === 'critical';
      // Readers of mail show no SVG, nor pictures that are inside of the text.
      const drawings = chart && [
        { cid: CHART_CID, filename: 'chart.png', content: await pngOf(chart.svg) },
      ];
      try {
        await transport.sendMail({
          ...{ from, to: { name: '', address }, subject: briefing.title, html, text },
          messageId: `<${messageId}@${domain}>`,
          date: new Date(nowUs / 1000),
          priority: urgent ? 'high' : 'normal',
          // Out-of-office answers to a machine help nobody.
          headers: { 'Auto-Submitted': 'auto-generated', 'X-ATS-Delivery': messageId },
          attachments: drawings ?? [],
        });
      } catch (error) {
        throw failureOf(error);
      }
    },
    async close() {
      transport.close();
    },
  };
}

/** Codes of nodemailer for what is wrong with the message or its address. */
const OURS = new Set(['EENVELOPE', 'EMESSAGE']);

/** @see https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1 for 4yz and 5yz */
function failureOf(error: unknown): AtsError {
  const code = String(Reflect.get(Object(error), 'code') ?? '');
  const status: unknown = Reflect.get(Object(error), 'responseCode');
  const said = String(Reflect.get(Object(error), 'response') ?? '').slice(0, 200);
  if (typeof status === 'number' && status > 0) {
    // A password can be mended while messages wait.
    const retry = status >= 500 && code !== 'EAUTH' ? 'never' : 'safe';
    return channelFailed({
      what: `the mail server answered ${said || status}`,
      retry,
      cause: error,
    });
  }
  const retry = OURS.has(code) ? 'never' : 'unknown';
  const what = `the mail server did not take it: ${code || 'the connection failed'}`;
  return channelFailed({ what, retry, cause: error });
}
