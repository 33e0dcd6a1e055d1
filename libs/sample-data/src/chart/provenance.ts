import { coding, hl7, US_CORE } from '../text/datatypes';
import { type Fragment, fragment } from '../text/json-text';
import { dateTime } from '../text/times';
import { type Chart } from './chart';
import { type Visit } from './visits';

const AUTHOR = hl7('provenance-participant-type', 'author', 'Author');
const TRANSMITTER = fragment({
  coding: [
    coding(
      `${US_CORE}/CodeSystem/us-core-provenance-participant-type`,
      'transmitter',
      'Transmitter',
    ),
  ],
});
const CREATE = hl7('v3-DataOperation', 'CREATE', 'create');

/** Who recorded the targets, at the end of a visit, for whom and through whom. */
export function addProvenance(chart: Chart, visit: Visit, target: readonly Fragment[]): void {
  const { clinician, site } = visit;
  chart.add('Provenance', visit.end, {
    target,
    occurredDateTime: dateTime(visit.start),
    recorded: dateTime(visit.end),
    activity: CREATE,
    agent: [
      { type: AUTHOR, who: clinician.person, onBehalfOf: site.organization },
      { type: TRANSMITTER, who: site.organization },
    ],
  });
}
