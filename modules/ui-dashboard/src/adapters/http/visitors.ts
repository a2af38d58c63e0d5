import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AtsError } from '@ats/domain';
import type { Login, Logins } from '../../app/logins.ts';
import { loggedOut } from '../../app/logins.ts';
import { CSRF_HEADER } from '../../contract.ts';

const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]'];

export interface VisitorsOptions {
  readonly logins: () => Logins;
  /** Whether the way to browsers is TLS. */
  readonly secure: boolean;
  /** Names that this server may be called by. */
  readonly hosts: readonly string[];
}

/** Who a request is from, and whether a page of ours sent it. */
export class Visitors {
  /** With the prefix a browser takes the cookie over TLS alone, for this host alone. */
  readonly cookieName: string;
  private readonly options: VisitorsOptions;
  private readonly hosts: ReadonlySet<string>;

  constructor(options: VisitorsOptions) {
    this.options = options;
    this.cookieName = options.secure ? '__Host-ats' : 'ats';
    this.hosts = new Set([...LOOPBACK_HOSTS, ...options.hosts.map((host) => host.toLowerCase())]);
  }

  get cookie() {
    const { secure } = this.options;
    return { path: '/', httpOnly: true, sameSite: 'strict', secure } as const;
  }

  loginOf(request: Pick<IncomingMessage, 'headers'>): Login | undefined {
    const id = cookieOf(request.headers.cookie, this.cookieName);
    return id === undefined ? undefined : this.options.logins().find(id);
  }

  /** @throws REQUEST_UNAUTHENTICATED */
  mustBe(request: Pick<IncomingMessage, 'headers'>): Login {
    const login = this.loginOf(request);
    if (login === undefined) throw loggedOut();
    return login;
  }

  /**
   * Another name may be a stranger's that was made to lead here (DNS rebinding).
   * @throws REQUEST_FORBIDDEN
   */
  checkHost({ headers }: Pick<IncomingMessage, 'headers'>): void {
    const name = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    if (!this.hosts.has(name)) throw forbidden('host', name, 'Add the name to dashboard.hosts.');
  }

  /** @throws REQUEST_FORBIDDEN for a request that a page from elsewhere has caused */
  checkOrigin({ headers }: Pick<IncomingMessage, 'headers'>, must: boolean): void {
    const { origin, host } = headers;
    if (origin === undefined && !must) return;
    const wanted = `${this.options.secure ? 'https' : 'http'}://${host}`;
    if (origin?.toLowerCase() === wanted.toLowerCase()) return;
    throw forbidden('origin', origin ?? '', `Open the dashboard at ${wanted}.`);
  }

  /** @throws REQUEST_FORBIDDEN */
  checkCsrf({ headers }: Pick<IncomingMessage, 'headers'>, { csrfToken }: Login): void {
    const given = Buffer.from(String(headers[CSRF_HEADER] ?? ''));
    const wanted = Buffer.from(csrfToken);
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
    throw forbidden(CSRF_HEADER, '***', `Send the header ${CSRF_HEADER} of GET /api/session.`);
  }
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

function forbidden(field: string, value: string, remedy: string): AtsError {
  return new AtsError({
    code: 'REQUEST_FORBIDDEN',
    message: `the request's ${field} is not one that this server takes`,
    remedy,
    context: { field, value: value.slice(0, 100) },
  });
}
