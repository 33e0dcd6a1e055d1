export { API_TAGS, ApiOutcomes, BEARER_SCHEME } from './api-description';
export { Clock } from './clock';
export { CommonModule } from './common.module';
export { FhirError, forbidden, invalidParameter, notFound } from './fhir.error';
export { acceptJson } from './negotiation';
export { OutcomeFilter } from './outcome.filter';
export { SOFTWARE } from './software';
