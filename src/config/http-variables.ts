import { plain, positive, timeout } from './variable';

/** How long connections may take, and how many downloads there may be. */
export const HTTP_VARIABLES = {
  HTTP_KEEP_ALIVE_SECONDS: plain(
    timeout({
      default: 75,
      desc: 'How long an idle connection stays open for the next request. It must be longer than the idle time of the load balancer in front, or that one sends requests into connections that are just being closed, and answers 502: AWS and nginx have 60 s, Google Cloud 600 s (set 620 there).',
    }),
  ),
  HTTP_REQUEST_SECONDS: plain(
    timeout({
      default: 120,
      desc: 'How long a request may take to arrive, headers and body, before it is answered 408. More than HTTP_KEEP_ALIVE_SECONDS + 1.',
    }),
  ),
  HTTP_STALL_SECONDS: plain(
    timeout({
      default: 60,
      desc: 'A connection is closed when no byte has moved on it for so long in the middle of a request or an answer, such as a download that nobody reads.',
    }),
  ),
  DOWNLOADS_MAX_PER_APP: plain(
    positive({
      default: 32,
      desc: 'Downloads of files and attachments of one app at a time, in each api process; further ones get 429 with Retry-After.',
    }),
  ),
};

/** What keeps the settings from being obeyed. Node counts the wait of a fresh connection as arrival. */
export function httpFaults(settings: {
  readonly HTTP_KEEP_ALIVE_SECONDS: number;
  readonly HTTP_REQUEST_SECONDS: number;
  readonly PORT: number;
  readonly ADMIN_PORT: number | undefined;
}): readonly string[] {
  const least = settings.HTTP_KEEP_ALIVE_SECONDS + 1;
  return [
    ...(settings.HTTP_REQUEST_SECONDS > least
      ? []
      : ['HTTP_REQUEST_SECONDS: must be more than HTTP_KEEP_ALIVE_SECONDS + 1']),
    ...(settings.ADMIN_PORT === settings.PORT ? ['ADMIN_PORT: must differ from PORT'] : []),
  ];
}
