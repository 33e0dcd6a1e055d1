import { Inject, Injectable } from '@nestjs/common';

import type { OutcomeIssue } from '@app/fhir';

import { FhirError } from '../common';
import { type Config, CONFIG } from '../config';
import { GroupFinder } from './group-finder.service';
import { GroupReader } from './group-reader.service';
import { type IncludedPatients, IncludedPatientsReader } from './included-patients.service';
import { parseGroupSearch } from './search/group-search';
import type { QueryParameter } from './search/query-parameter';
import { needsMembers } from './search/shown-elements';
import { searchset } from './searchset';
import type { VisibleGroups } from './segment/segment.source';

/** What a caller may see. */
export interface SearchAccess {
  readonly groups: VisibleGroups;
  /** Whether members may be included; if not, what would allow it. */
  readonly patients:
    | { readonly allowed: true }
    | { readonly allowed: false; readonly advice: string };
}

const NO_PATIENTS: IncludedPatients = {
  cut: false,
  texts: async function* () {
    // none
  },
};

/** Answers searches with a Bundle, whose text is made while it is read. */
@Injectable()
export class GroupSearches {
  constructor(
    private readonly finder: GroupFinder,
    private readonly reader: GroupReader,
    private readonly included: IncludedPatientsReader,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws FhirError 400 for a parameter that cannot be honoured, 503 when too many members are being found */
  async bundle(
    parameters: readonly QueryParameter[],
    access: SearchAccess,
  ): Promise<AsyncGenerator<string>> {
    const { fhirBase } = this.config.http;
    const search = parseGroupSearch(parameters, fhirBase);
    const page = await this.finder.find(search, access.groups);
    if (needsMembers(search.shown)) await this.reader.prepare(page.ids);
    const include = search.includeMembers && access.patients.allowed;
    const patients = include ? await this.included.of(page.ids) : NO_PATIENTS;
    const warnings = [
      ...(search.includeMembers && !access.patients.allowed
        ? [notAllowed(access.patients.advice)]
        : []),
      ...(patients.cut ? [CUT] : []),
    ];
    return searchset({
      fhirBase,
      search,
      page,
      // What cannot be resolved must not hide the groups that can.
      readGroup: (id) =>
        this.reader.read(id, search.shown).catch((error: unknown) => {
          if (!(error instanceof FhirError)) throw error;
          warnings.push({ severity: 'warning', code: 'incomplete', diagnostics: error.message });
          return undefined;
        }),
      patients: patients.texts(),
      warnings,
    });
  }
}

function notAllowed(advice: string): OutcomeIssue {
  return {
    severity: 'warning',
    code: 'forbidden',
    diagnostics: `The members of the groups are not included: the access token does not cover all of Patient. ${advice}`,
    expression: ['_include'],
  };
}

const CUT: OutcomeIssue = {
  severity: 'warning',
  code: 'incomplete',
  diagnostics:
    'Not all members are included: there are more than one answer may hold. Export the group to get all of them.',
  expression: ['_include'],
};
