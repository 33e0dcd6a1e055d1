import { bool, makeValidator, str } from 'envalid';

import { parseSigningKeys } from './values';
import { exactUrl, plain, positive, seconds, secret, urls } from './variable';

const signingKeys = makeValidator(parseSigningKeys);

/** Tokens: those that this service issues, and those of others that it trusts. */
export const AUTH_VARIABLES = {
  TOKEN_SIGNING_KEYS: secret(
    signingKeys({
      example: '{"keys":[…]}',
      desc: 'JSON Web Key Set of private ES384 keys, as `npm run keys` prints it. The first key signs access tokens, all of them verify: put a new key in front to rotate.',
    }),
  ),
  TOKEN_LIFETIME_SECONDS: plain(
    positive({ default: 300, desc: 'Lifetime of an access token. SMART says at most 300.' }),
  ),
  ASSERTION_CLOCK_SKEW_SECONDS: plain(
    seconds({ default: 60, desc: "How far a client's clock may differ from ours, in seconds." }),
  ),
  ASSERTION_AUDIENCES: plain(
    urls({
      default: [],
      example: 'https://old.example.org/fhir/auth/token',
      desc: 'Further URLs, comma-separated, that client assertions may name as aud beside the token endpoint: for clients that were set up with another address of it.',
    }),
  ),
  TOKEN_ENDPOINT_ENABLED: plain(
    bool({
      default: true,
      desc: 'Whether this service issues tokens. When false, apps get them at TRUSTED_ISSUER_TOKEN_URL alone.',
    }),
  ),
  TRUSTED_ISSUER: plain(
    exactUrl({
      default: undefined,
      example: 'https://login.example.org/realms/ehr',
      desc: 'An authorisation server whose access tokens (JWTs) are accepted too: the exact value of their iss.',
    }),
  ),
  TRUSTED_ISSUER_JWKS_URL: plain(
    exactUrl({
      default: undefined,
      example: 'https://login.example.org/realms/ehr/jwks',
      desc: 'Where that server publishes its keys (RS256, RS384, ES256, ES384); by https, from any address.',
    }),
  ),
  TRUSTED_ISSUER_AUDIENCE: plain(
    str({
      default: undefined,
      desc: 'What the tokens of that server must name as aud. Default: the FHIR base.',
    }),
  ),
  TRUSTED_ISSUER_CLIENT_CLAIM: plain(
    str({
      default: 'client_id',
      desc: 'The claim of those tokens that holds the client id, under which the app is registered here.',
    }),
  ),
  TRUSTED_ISSUER_SCOPE_CLAIM: plain(
    str({
      default: 'scope',
      desc: 'The claim of those tokens that holds the scopes: a text with spaces, or a list.',
    }),
  ),
  TRUSTED_ISSUER_TOKEN_URL: plain(
    exactUrl({
      default: undefined,
      desc: 'Token endpoint of that server, for discovery when TOKEN_ENDPOINT_ENABLED is false. It must be one of SMART Backend Services (private_key_jwt with RS384 and ES384).',
    }),
  ),
  JWKS_ALLOW_PRIVATE_ADDRESSES: plain(
    bool({
      default: false,
      desc: 'Fetch JWKS URLs by http and from private or loopback addresses too. For tests and closed networks only.',
    }),
  ),
};
