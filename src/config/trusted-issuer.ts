/** An authorisation server of somebody else, whose tokens are accepted. */
export interface TrustedIssuer {
  /** The exact value of `iss`. */
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly audience: string;
  /** Claims that hold the client id and the scopes. */
  readonly clientClaim: string;
  readonly scopeClaim: string;
  /** Where clients get its tokens; undefined: that is not told. */
  readonly tokenUrl: string | undefined;
}

interface Settings {
  readonly TRUSTED_ISSUER: string | undefined;
  readonly TRUSTED_ISSUER_JWKS_URL: string | undefined;
  readonly TRUSTED_ISSUER_AUDIENCE: string | undefined;
  readonly TRUSTED_ISSUER_CLIENT_CLAIM: string;
  readonly TRUSTED_ISSUER_SCOPE_CLAIM: string;
  readonly TRUSTED_ISSUER_TOKEN_URL: string | undefined;
  readonly TOKEN_ENDPOINT_ENABLED: boolean;
  readonly JWKS_ALLOW_PRIVATE_ADDRESSES: boolean;
}

/** Undefined while there is none. */
export function trustedIssuerOf(settings: Settings, fhirBase: string): TrustedIssuer | undefined {
  const { TRUSTED_ISSUER: issuer, TRUSTED_ISSUER_JWKS_URL: jwksUrl } = settings;
  if (issuer === undefined || jwksUrl === undefined) return undefined;
  return {
    issuer,
    jwksUrl,
    audience: settings.TRUSTED_ISSUER_AUDIENCE ?? fhirBase,
    clientClaim: settings.TRUSTED_ISSUER_CLIENT_CLAIM,
    scopeClaim: settings.TRUSTED_ISSUER_SCOPE_CLAIM,
    tokenUrl: settings.TRUSTED_ISSUER_TOKEN_URL,
  };
}

/** What keeps the settings from meaning anything. */
export function trustedIssuerFaults(settings: Settings, fhirBase: string): readonly string[] {
  const { TRUSTED_ISSUER: issuer, TRUSTED_ISSUER_JWKS_URL: jwksUrl } = settings;
  const isPlain = jwksUrl?.startsWith('http:') && !settings.JWKS_ALLOW_PRIVATE_ADDRESSES;
  const isAlone = !settings.TOKEN_ENDPOINT_ENABLED;
  return [
    ...((issuer === undefined) === (jwksUrl === undefined)
      ? []
      : ['TRUSTED_ISSUER and TRUSTED_ISSUER_JWKS_URL must be set together']),
    ...(issuer === fhirBase ? ['TRUSTED_ISSUER must not be this service'] : []),
    ...(isPlain ? ['TRUSTED_ISSUER_JWKS_URL must be an https URL'] : []),
    ...(isAlone && (issuer === undefined || settings.TRUSTED_ISSUER_TOKEN_URL === undefined)
      ? ['TOKEN_ENDPOINT_ENABLED=false needs TRUSTED_ISSUER and TRUSTED_ISSUER_TOKEN_URL']
      : []),
  ];
}
