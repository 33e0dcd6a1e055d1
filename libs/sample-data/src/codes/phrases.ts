import { Fragment } from '../text/json-text';

/** Free text as people type it: quotes, line breaks, other scripts, characters that break parsers. */
export const NOTES: readonly (string | Fragment)[] = [
  'Patient feels well today. No new complaints.',
  'Reports "much better" sleep since the last visit; would like to continue as before.',
  'Tolerates the treatment well 😊 and will call if anything changes.',
  'Plan:\n1. Continue current medication\n2. Labs in 3 months\n3. Return sooner if worse',
  'Copied from the referral letter:\u2028"stable, no intervention needed"\u2028Signed electronically.',
  // Not escaped: JSON allows that, and careless readers of lines take it for the end of one.
  new Fragment('"Dictated:\u2028no acute distress.\u2029Read back and confirmed."'),
  'Weight loss of 2–3 kg since spring; appetite normal. Diet reviewed with the family.',
  'Home readings brought on paper\tscanned to chart; see folder C:\\scans\\incoming.',
  'Prefers to be called in the afternoon. Interpreter (Tiếng Việt) booked for next time.',
  'Discussed risks & benefits; patient agrees <verbal consent documented>.',
  'Symptoms began about five days ago with fever and cough; nobody else at home is ill.',
];

/** Sentences of visit notes. */
export const SENTENCES: readonly string[] = [
  'The patient was seen in clinic today and the history was reviewed in full.',
  'Review of systems is otherwise negative except as mentioned above.',
  'Lungs are clear to auscultation on both sides, without wheezes or crackles.',
  'Heart sounds are regular, without murmur, rub or gallop.',
  'The abdomen is soft and not tender, with normal bowel sounds.',
  'There is no swelling of the legs, and pulses are equal.',
  'Medication was reconciled against the list that the patient brought along.',
  'We talked about nutrition, regular exercise and sleep for about ten minutes.',
  'Laboratory results were reviewed with the patient and questions were answered.',
  'Vaccinations are up to date according to the state registry.',
  'The patient understands the plan and will return if symptoms get worse.',
  'Blood pressure at home is said to be between 120 and 135 systolic.',
  'No side effects of the current treatment were reported.',
  'Follow-up is arranged with the same team in three to six months.',
  'Naïve T-cell counts were not repeated; the café-au-lait spot is unchanged.',
  'Pain is rated 2 of 10 at rest and 4 of 10 on stairs.',
];
