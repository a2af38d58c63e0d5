import { selfSigned } from '@ats/testkit';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** What the mail server does with the next messages. */
type MailMood = 'takes' | 'fails' | 'refuses' | 'hangs';

export interface MailServer {
  readonly port: number;
  /** Authority of its certificate, PEM. */
  readonly certificate: string;
  /** Mails that it said it took. */
  readonly mails: ParsedMail[];
  /** Whether each came over TLS. */
  readonly secure: boolean[];
  mood: MailMood;
  /** Tries, whatever became of them. */
  readonly tries: () => number;
  close(): Promise<void>;
}

/** A real SMTP server with STARTTLS and a user, that takes mails or fails as it is told. */
export async function startMailServer(): Promise<MailServer> {
  const tls = selfSigned();
  const [key, certificate] = [String(tls.key), String(tls.certificate)];
  let tries = 0;
  const held: (() => void)[] = [];
  const mails: ParsedMail[] = [];
  const secure: boolean[] = [];
  const server = new SMTPServer({
    ...{ key, cert: certificate, authOptional: false, logger: false },
    onAuth({ username, password }, _session, done) {
      if (username === 'ats' && password === 'mail-password') return done(null, { user: 'ats' });
      return done(new Error('no such user'));
    },
    onData(stream, session, done) {
      tries += 1;
      const { mood } = box;
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        if (mood === 'hangs') return void held.push(() => done());
        if (mood === 'fails') return done(failure(451, 'try again later'));
        if (mood === 'refuses') return done(failure(550, 'no such mailbox'));
        mails.push(await simpleParser(Buffer.concat(chunks)));
        secure.push(session.secure);
        return done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const box: MailServer = {
    ...{ port, certificate, mails, secure, mood: 'takes', tries: () => tries },
    async close() {
      for (const done of held.splice(0)) done();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return box;
}

const failure = (responseCode: number, text: string): Error =>
  Object.assign(new Error(text), { responseCode });
