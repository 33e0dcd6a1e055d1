import { hl7, hl7Coding, period } from '../text/datatypes';
import { DAY, FIRST_EVENT } from '../text/times';
import { type Chart } from './chart';
import { type Visit } from './visits';

const MEMBER_NUMBER = hl7('v2-0203', 'MB', 'Member Number');
const POLICY = { coding: [hl7Coding('v3-ActCode', 'EHCPOL', 'extended healthcare')] };
const SELF = hl7('subscriber-relationship', 'self', 'Self');
const CLASSES = [
  { type: hl7('coverage-class', 'group', 'Group'), value: '100-A', name: 'Prairie Lakes staff' },
  { type: hl7('coverage-class', 'plan', 'Plan'), value: 'B37FC', name: 'Full Coverage' },
];

/** What pays for the patient's care, from the year of the first visit on. */
export function addCoverage(chart: Chart, visit: Visit): void {
  const member = String(chart.index).padStart(9, '0');
  chart.add('Coverage', visit.end, {
    identifier: [
      { type: MEMBER_NUMBER, system: 'https://insurer.example.org/members', value: member },
    ],
    status: 'active',
    type: POLICY,
    subscriberId: member,
    beneficiary: chart.subject,
    relationship: SELF,
    period: period(Math.max(FIRST_EVENT, visit.start - 90 * DAY)),
    payor: [chart.world.insurer],
    class: CLASSES,
  });
}
