import { invalidRequest } from './oauth.error';

/** The fields of an OAuth form. Each method @throws OAuthError invalid_request for one that is repeated. */
export interface FormFields {
  /** Undefined when the field is absent. */
  optional(name: string): string | undefined;
  /** One without a value counts as absent (RFC 6749 §3.2). @throws OAuthError invalid_request */
  required(name: string): string;
}

/** @param form what oauthForm has read */
export function formFields(form: unknown): FormFields {
  const fields = typeof form === 'object' && form !== null ? form : {};
  const optional = (name: string): string | undefined => {
    const value: unknown = Object.hasOwn(fields, name)
      ? (fields as Readonly<Record<string, unknown>>)[name]
      : undefined;
    if (value === undefined || typeof value === 'string') return value;
    throw invalidRequest(`${name} must be given once.`);
  };
  const required = (name: string): string => {
    const value = optional(name);
    if (value === undefined || value === '') throw invalidRequest(`${name} is missing.`);
    return value;
  };
  return { optional, required };
}
