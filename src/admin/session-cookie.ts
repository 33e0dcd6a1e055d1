import type { CookieOptions, Request } from 'express';

import type { Config } from '../config';

const NAME = 'operator';
/** No form and no other origin can send it without being asked for leave, and there is none (CORS). */
const CONSOLE_HEADER = 'x-requested-with';
const SAFE = ['GET', 'HEAD'];

export function sessionOf({ headers }: Pick<Request, 'headers'>): string | undefined {
  return /(?:^|;\s*)operator=([\w-]{43})(?:;|$)/.exec(headers.cookie ?? '')?.[1];
}

/** Whether a page of this origin has sent it, as far as that matters: SameSite alone lets siblings through. */
export function isFromConsole({ method, headers }: Pick<Request, 'method' | 'headers'>): boolean {
  return SAFE.includes(method) || headers[CONSOLE_HEADER] === 'console';
}

/** Name and options of the cookie. ADMIN_PORT may be plain HTTP where PUBLIC_URL is not: browsers tell by Origin. */
export function sessionCookie(
  { http }: Pick<Config, 'http'>,
  { headers }: Pick<Request, 'headers'>,
): { readonly name: string; readonly options: CookieOptions } {
  const { pathname } = new URL(http.publicUrl);
  return {
    name: NAME,
    options: {
      httpOnly: true,
      sameSite: 'strict',
      secure: (headers.origin ?? http.publicUrl).startsWith('https:'),
      path: `${pathname.replace(/\/$/, '')}/admin`,
    },
  };
}
