export {
  API_TAGS,
  ApiFormat,
  ApiOutcomes,
  ApiPublicOperation,
  ApiSandboxHeader,
  BEARER_SCHEME,
  OPERATOR_SCHEME,
  outcomeContent,
} from './api-description';
export { begun } from './begun';
export { breakOff } from './break-off';
export { Clock, type ClockReading } from './clock';
export { CommonModule } from './common.module';
export { DownloadSlots } from './download-slots';
export { errorFacts } from './error-facts';
export { failureFields } from './failure-fields';
export {
  FhirError,
  type FhirErrorOptions,
  forbidden,
  invalidParameter,
  notFound,
  notOffered,
} from './fhir.error';
export { logDestination } from './log-destination';
export { preferredType, typeInR4 } from './media-type';
export {
  fhirMediaType,
  type FhirMediaType,
  isFhirWideParameter,
  isXml,
  negotiateFormat,
} from './negotiation';
export { OutcomeFilter } from './outcome.filter';
export { PeriodicTask, type Step } from './periodic-task';
export { parsePreferences, type Preferences } from './preferences';
export { HostClock } from './host-clock';
export { readBody, readObject, requireJson } from './json-body';
export { limitedChunks } from './limited-chunks';
export { expectedBy, readExpected } from './preconditions';
export { logConnectionErrors, sendWithin } from './queue-signals';
export { answerWithPages, type ResourcePage, resourcePageOf } from './resource-page';
export { REQUEST_LIMITS } from './request-limits';
export { FHIR_MEDIA_TYPES, sendFhir } from './send-fhir';
export { parseSandbox, SANDBOX_HEADER, type SandboxBehaviour } from './sandbox';
export { isSameSecret } from './secret';
export { SharedReading } from './shared-reading';
export { TurnReading } from './turn-reading';
export { SOFTWARE } from './software';
export { StatementTimeError, withinStatementTime } from './statement-time.error';
export { isTransientFailure, outageOf } from './transient-failure';
export { Turns } from './turns';
export { RETRY_SOON, UNAVAILABLE_NOW } from './unavailable';
export { faultOfNames, parseStrictObject } from './strict-json';
