import { ConvertToJs } from 'fhir/convertToJs';

import type { Answer, Asked } from './send';

/** http://hl7.org/fhir/ValueSet/issue-type of R4. */
const ISSUE_TYPES = [
  ...['invalid', 'structure', 'required', 'value', 'invariant', 'security', 'login', 'unknown'],
  ...['expired', 'forbidden', 'suppressed', 'processing', 'not-supported', 'duplicate'],
  ...['multiple-matches', 'not-found', 'deleted', 'too-long', 'code-invalid', 'extension'],
  ...['too-costly', 'business-rule', 'conflict', 'transient', 'lock-error', 'no-store'],
  ...['exception', 'timeout', 'incomplete', 'throttled', 'informational'],
];
const SEVERITIES = ['fatal', 'error', 'warning', 'information'];
/** RFC 6749 §5.2. */
const OAUTH_ERRORS = [
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client'],
  ...['unsupported_grant_type', 'invalid_scope'],
];
const OAUTH_PATHS = /^\/fhir\/auth\/(token|introspect)(\?|$)/;
/** Words by which the inside of a server shows. */
const INSIDES = /node_modules|\bat \w+.*\.[jt]s:\d+|\b(?:TypeError|QueryFailedError|ENOENT)\b/;

/** A value that no answer may repeat, for it stands for the id of a patient. */
export const SECRET = 'zq7secret';

/**
 * What is wrong with an answer, whatever was asked: a failure of the server, a refusal without a valid
 * OperationOutcome (KR-04) or OAuth error (TK-05), a word too much. Undefined when it is well-formed.
 */
export function faultOfAnswer(asked: Asked, answer: Answer): string | undefined {
  const { status } = answer;
  const text = answer.body.toString();
  if (status >= 500) return `status ${status}: ${text.slice(0, 300)}`;
  if (status < 200 || (status >= 300 && status < 400 && status !== 304)) return `status ${status}`;
  if (asked.method === 'HEAD') return text === '' ? undefined : 'HEAD with a body';
  return status < 400 ? undefined : faultOfRefusal(asked, answer);
}

function faultOfRefusal({ path, headers }: Asked, answer: Answer): string | undefined {
  const text = answer.body.toString();
  const said = `${text}${JSON.stringify(answer.headers)}`;
  // Operators' ids are of apps and groups.
  if (path.startsWith('/fhir/') && said.includes(SECRET)) return 'repeats a patient’s id';
  if (INSIDES.test(text)) return `shows the server's insides: ${text}`;
  if (isPage(answer)) return faultOfPage(headers['Accept'] ?? '', answer);
  const isOAuth = OAUTH_PATHS.test(path) && !isOutcome(answer);
  return isOAuth ? faultOfOAuthError(answer) : faultOfOutcome(answer);
}

function isPage({ headers }: Answer): boolean {
  return headers['content-type']?.startsWith('text/html') ?? false;
}

function faultOfPage(accept: string, page: Answer): string | undefined {
  return accept.includes('text/html')
    ? faultOfOutcome(outcomeOn(page))
    : 'a page that nobody asked for';
}

/** The resource that a page for browsers shows. */
function outcomeOn(page: Answer): Answer {
  const [, shown = ''] = /<pre class="json">(.*?)<\/pre>/s.exec(page.body.toString()) ?? [];
  const text = shown
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
  return { ...page, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) };
}

function isOutcome({ headers, body }: Answer): boolean {
  const isFhir = /^(application\/(fhir\+)?|text\/)(json|xml)(;|$)/;
  return isFhir.test(headers['content-type'] ?? '') && body.includes('OperationOutcome');
}

function faultOfOAuthError({ headers, body }: Answer): string | undefined {
  if (!/^application\/json/.test(headers['content-type'] ?? '')) return 'error is not JSON';
  if (headers['cache-control'] !== 'no-store') return 'error may be cached';
  const error = JSON.parse(body.toString()) as Readonly<Record<string, unknown>>;
  if (!OAUTH_ERRORS.includes(String(error['error']))) return `error ${String(error['error'])}`;
  const description = error['error_description'];
  return typeof description === 'string' && /^[ !#-[\]-~]+$/.test(description)
    ? undefined
    : `error_description ${String(description)}`;
}

interface Outcome {
  readonly resourceType?: unknown;
  readonly issue?: readonly Readonly<Record<string, unknown>>[];
}

function faultOfOutcome({ headers, body }: Answer): string | undefined {
  const type = headers['content-type'] ?? 'no content type';
  const text = body.toString();
  if (!isOutcome({ status: 0, headers, body })) return `a refusal of ${type}: ${text}`;
  const parsed: unknown = type.includes('xml') ? new ConvertToJs().convert(text) : JSON.parse(text);
  const outcome = parsed as Outcome;
  if (outcome.resourceType !== 'OperationOutcome') return 'no OperationOutcome';
  const { issue: issues = [] } = outcome;
  if (issues.length === 0) return 'no issue';
  const issue = issues.find(({ severity, code, diagnostics, expression }) => {
    const known = SEVERITIES.includes(String(severity)) && ISSUE_TYPES.includes(String(code));
    const explained = typeof diagnostics === 'string' && diagnostics.trim().length > 10;
    const about = expression === undefined || (Array.isArray(expression) && expression.length > 0);
    return !known || !explained || !about;
  });
  return issue && `issue ${JSON.stringify(issue)}`;
}
