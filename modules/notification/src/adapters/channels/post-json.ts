import { noAnswer, refusedBy } from './http-failure.ts';

export interface JsonPost {
  /** Names the other side in errors. */
  readonly who: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As it is signed, and as it goes. */
  readonly body: string;
  readonly timeoutMs: number;
  readonly nowUs: number;
}

/** Posts JSON once. Follows no redirects. @throws NOTIFICATION_CHANNEL_FAILED */
export async function postJson(post: JsonPost): Promise<void> {
  const { who, url, headers, body, timeoutMs, nowUs } = post;
  let response: Response;
  let said: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    said = await response.text();
  } catch (error) {
    throw noAnswer(who, error);
  }
  const { status } = response;
  const retryAfter = response.headers.get('retry-after');
  if (!response.ok) throw refusedBy({ who, status, said, retryAfter, nowUs });
}
