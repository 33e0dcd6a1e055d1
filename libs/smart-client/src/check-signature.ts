import {
  calculateJwkThumbprint,
  compactVerify,
  decodeProtectedHeader,
  importJWK,
  type JWK,
} from 'jose';

import {
  CERTIFICATE,
  CERTIFICATE_ALGORITHM,
  CERTIFICATE_TYPE,
  type CertifiedManifest,
  statementOf,
} from '@app/certificate';

/** Whose signature is believed. Without either, any key will do, and nothing is proven about who signed. */
export interface TrustedSigner {
  /** Public keys, as the service publishes them. */
  readonly keys?: readonly JWK[] | undefined;
  /** SHA-256 thumbprint of the key (RFC 7638), in base64url. */
  readonly thumbprint?: string | undefined;
}

/** The key that has signed a manifest. */
export interface Signer {
  readonly thumbprint: string;
  readonly isTrusted: boolean;
}

/**
 * Checks the certificate of an export against its manifest.
 *
 * @param pages as for statementOf
 * @throws Error that says what is wrong
 */
export async function checkSignature(
  pages: readonly CertifiedManifest[],
  trusted: TrustedSigner,
): Promise<Signer> {
  const certificate = (pages.at(-1)?.extension as Readonly<Record<string, unknown>> | undefined)?.[
    CERTIFICATE
  ];
  if (typeof certificate !== 'string') throw new Error('The last manifest has no certificate.');
  const [header = '', payload, signature = '', ...rest] = certificate.split('.');
  if (payload !== '' || rest.length > 0) throw unreadable();
  const key = await keyOf(certificate, trusted);
  const signed = Buffer.from(statementOf(pages)).toString('base64url');
  try {
    await compactVerify(
      `${header}.${signed}.${signature}`,
      await importJWK(key, CERTIFICATE_ALGORITHM),
      { algorithms: [CERTIFICATE_ALGORITHM] },
    );
  } catch {
    throw new Error(
      'The manifest is not the one that was signed: it was edited, or a page of it is missing.',
    );
  }
  const isTrusted = trusted.keys !== undefined || trusted.thumbprint !== undefined;
  return { thumbprint: await calculateJwkThumbprint(key), isTrusted };
}

async function keyOf(certificate: string, { keys, thumbprint }: TrustedSigner): Promise<JWK> {
  const { kid, jwk, typ } = headerOf(certificate);
  if (typ !== CERTIFICATE_TYPE) throw unreadable();
  const key = keys === undefined ? jwk : keys.find((one) => one.kid === kid);
  if (key === undefined) {
    throw new Error(
      `The certificate is signed by key ${JSON.stringify(kid)}, which is not trusted.`,
    );
  }
  const found = await calculateJwkThumbprint(key).catch(() => {
    throw unreadable();
  });
  if (thumbprint === undefined || thumbprint === found) return key;
  throw new Error(
    `The certificate is signed by a key with thumbprint ${found}, not ${thumbprint}.`,
  );
}

function headerOf(certificate: string): ReturnType<typeof decodeProtectedHeader> {
  try {
    return decodeProtectedHeader(certificate);
  } catch {
    throw unreadable();
  }
}

function unreadable(): Error {
  return new Error('The certificate is no JWS of an export.');
}
