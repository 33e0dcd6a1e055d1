// Gets an access token by SMART Backend Services, as an app would.

import { sign } from './keys.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ASSERTION_SECONDS = 240;

/** The token endpoint by its public name, from SMART discovery. */
async function endpoint(discoveryUrl) {
  const response = await fetch(discoveryUrl, { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`SMART discovery answered ${response.status}.`);
  return (await response.json()).token_endpoint;
}

/**
 * { token, expiresAt, scope }. The endpoint is asked by its path: it is here, whatever the host is called.
 * Throws an Error for people to read.
 */
export async function request({ discovery, path, clientId, key, scope }) {
  const now = Math.floor(Date.now() / 1000);
  const assertion = await sign(key, {
    iss: clientId,
    sub: clientId,
    aud: await endpoint(discovery),
    exp: now + ASSERTION_SECONDS,
    jti: crypto.randomUUID(),
  });
  const response = await fetch(path, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: assertion,
    }),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(explain(response.status, answer));
  return {
    token: answer.access_token,
    scope: answer.scope,
    expiresAt: Date.now() + answer.expires_in * 1000,
  };
}

function explain(status, { error, error_description: text, issue }) {
  const words = [error, text, issue?.[0]?.diagnostics].filter(Boolean).join(': ');
  return `The token endpoint answered ${status}${words ? `: ${words}` : '.'}`;
}

/** What a pasted token says of itself; a token need not be a JWT. */
export function inspect(text) {
  const token = text.trim().replace(/^bearer\s+/i, '');
  if (token === '') throw new Error('Paste an access token.');
  try {
    const claims = JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
    return { token, scope: claims.scope, expiresAt: claims.exp ? claims.exp * 1000 : undefined };
  } catch {
    return { token, scope: undefined, expiresAt: undefined };
  }
}

/** As the demonstration's app, whose key the service has: what `inspect` gives. */
export async function ofDemo(address) {
  const response = await fetch(address, { method: 'POST' });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(explain(response.status, answer));
  return { ...inspect(answer.token), clientId: answer.client_id };
}
