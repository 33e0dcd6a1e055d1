import { type ClientCredential, readClientCredential } from '../token/client-credential';
import { formFields } from '../token/form-fields';
import { invalidRequest } from '../token/oauth.error';

/** Who asks what a token is good for; nothing in it is verified yet. */
export interface IntrospectionRequest {
  readonly token: string;
  /** A client's credential, or the operators' token. */
  readonly asker: ClientCredential | { readonly operatorToken: string };
}

/** `token_type_hint` is ignored: there is one type. @throws OAuthError as readClientCredential */
export function readIntrospectionRequest(
  form: unknown,
  authorization: string | undefined,
): IntrospectionRequest {
  const fields = formFields(form);
  const operatorToken = /^Bearer ([!-~]{1,512})$/i.exec(authorization ?? '')?.[1];
  if (operatorToken !== undefined && fields.optional('client_assertion') !== undefined) {
    throw invalidRequest('Authenticate in one way only: by client_assertion or as an operator.');
  }
  const asker =
    operatorToken === undefined ? readClientCredential(fields, authorization) : { operatorToken };
  return { asker, token: fields.required('token') };
}
