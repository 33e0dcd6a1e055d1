import type { CommandModule } from 'yargs';

import type { DisclosureOptions } from './exports.options';
import { JSON_OPTION } from './output';

/** For patients who ask which app took what of them. */
export const disclosuresCommand: CommandModule<object, DisclosureOptions> = {
  command: 'disclosures',
  describe: "Tell which apps got a patient's data: what, when, and whether it was downloaded",
  builder: (args) =>
    args
      .option('patient', { type: 'string', demandOption: true, describe: 'Id, or Patient/[id]' })
      .option('before', { type: 'string', describe: 'Older than the export with this id' })
      .option('count', { type: 'number', default: 50, describe: 'How many, 200 at most' })
      .option('fhir', {
        ...{ type: 'boolean', default: false },
        describe: 'Print all of them, as AuditEvents in NDJSON',
      })
      .option('json', JSON_OPTION),
  handler: async (args) => (await import('./disclosures.actions.js')).disclosures(args),
};
