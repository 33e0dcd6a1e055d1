import { base64 } from '../text/datatypes';
import { type Register } from './register';

/** Blank forms, as ids of Binaries that are nobody's: many patients' documents lead to each. */
export interface Forms {
  readonly adults: string;
  readonly minors: string;
}

const TITLES = [
  'Notice of privacy practices',
  'Consent of a parent or guardian',
  // No document leads to this one: an export of patients must leave it out.
  'Employee handbook, internal use only',
] as const;

export function addForms(register: Register): Forms {
  const [adults = '', minors = ''] = TITLES.map((title) =>
    register.addUnnamed('Binary', {
      contentType: 'text/plain; charset=utf-8',
      data: base64(`${title}\n\nPrairie Lakes Health System\n\n${'_'.repeat(40)}\nSignature\n`),
    }),
  );
  return { adults, minors };
}
