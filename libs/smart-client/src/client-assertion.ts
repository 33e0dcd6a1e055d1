import { importJWK, type JWK, SignJWT } from 'jose';

/** SMART lets an assertion live for five minutes; a minute less forgives clocks that differ. */
const LIFETIME_SECONDS = 240;

/** The JWT by which a client proves who it is (SMART Backend Services, RFC 7523). For one use. */
export async function clientAssertion(
  clientId: string,
  privateJwk: JWK,
  audience: string,
): Promise<string> {
  const { alg, kid } = privateJwk;
  if (alg === undefined || kid === undefined) {
    throw new Error('The private key must carry its alg (ES384 or RS384) and its kid.');
  }
  const now = Math.floor(Date.now() / 1000);
  return await new SignJWT()
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + LIFETIME_SECONDS)
    .setJti(crypto.randomUUID())
    .sign(await importJWK(privateJwk, alg));
}
