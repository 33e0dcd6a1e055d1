import type { ResourceType } from '@app/fhir';

import { SOFTWARE } from '../common';
import type { Config } from '../config';

/** Where the pages are, as their links name it: by path, so that every name of the host works. */
export interface Site {
  readonly name: string;
  readonly version: string;
  /** Path of PUBLIC_URL, without a trailing slash; mostly empty. */
  readonly root: string;
  readonly publicUrl: string;
  readonly fhirBase: string;
  /** root + BASE_PATH */
  readonly fhirPath: string;
  /** Whether visitors may sign in as the demonstration's app. */
  readonly isDemo: boolean;
  /** Whether clients may ask for faults to be tested with. */
  readonly isSandbox: boolean;
  /** Whether tokens come from here, so that pages can ask for them. */
  readonly issuesTokens: boolean;
  /** The types that are offered for export. */
  readonly resourceTypes: readonly ResourceType[];
}

export function siteOf({ http, demo, sandbox, auth, resourceTypes }: Config): Site {
  const root = new URL(http.publicUrl).pathname.replace(/\/$/, '');
  return {
    name: SOFTWARE.name,
    version: SOFTWARE.version,
    root,
    publicUrl: http.publicUrl,
    fhirBase: http.fhirBase,
    fhirPath: `${root}${http.basePath}`,
    isDemo: demo.clientFile !== undefined,
    isSandbox: sandbox,
    issuesTokens: auth.issuesTokens,
    resourceTypes,
  };
}
