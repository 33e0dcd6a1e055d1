import { Inject, Injectable } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';

import { RefusalLog } from '../../audit';
import { type AppPrincipal, mayWrite, type WriteLetter } from '../../auth';
import { forbidden, notOffered } from '../../common';
import { type Config, CONFIG } from '../../config';

/** Who asks for which writes. */
export interface AskedWrites {
  readonly type: ResourceType;
  /** Whether the resource is new is known only under the writer's lock, so a PUT needs two. */
  readonly letters: readonly WriteLetter[];
  readonly requestId: string;
}

/** Refuses writes that scope or licence do not cover, on record. */
@Injectable()
export class WriteAuthority {
  constructor(
    private readonly refusals: RefusalLog,
    @Inject(CONFIG) private readonly config: Pick<Config, 'resourceTypes'>,
  ) {}

  /**
   * For a body of which is not known yet what it asks for: whoever may write nothing need not send it.
   *
   * @throws FhirError 403
   */
  async requireAny(app: AppPrincipal, requestId: string): Promise<void> {
    const mayWriteSome = app.scopes.some(({ writes = [] }) => writes.length > 0);
    if (app.licence.writes?.fhirWrites && mayWriteSome) return;
    const refusal = { action: 'resource.written', outcome: 'refused', appId: app.appId } as const;
    await this.refusals.record({ ...refusal, requestId });
    throw forbidden(NOTHING_TO_WRITE, ['scope']);
  }

  /** @throws FhirError 404 for a type that is not offered, 403 */
  async require(app: AppPrincipal, { type, letters, requestId }: AskedWrites): Promise<void> {
    if (!this.config.resourceTypes.includes(type)) throw notOffered(type);
    if (letters.every((letter) => mayWrite(app, type, letter))) return;
    const action = letters.includes('d') ? 'resource.deleted' : 'resource.written';
    const refusal = { action, outcome: 'refused', appId: app.appId, requestId } as const;
    await this.refusals.record({ ...refusal, detail: { type } });
    throw forbidden(adviceOnWriting(app, type, letters), ['scope']);
  }
}

const NOTHING_TO_WRITE =
  'This needs an app that is licensed to write resources (`apps licence`, PUT /admin/apps/[id]/licence), and a token with a scope to write, such as system/*.cud.';

function adviceOnWriting(
  { licence }: AppPrincipal,
  type: ResourceType,
  letters: readonly WriteLetter[],
): string {
  const { writes, resourceTypes } = licence;
  if (writes?.fhirWrites && (resourceTypes === undefined || resourceTypes.includes(type))) {
    return `The access token does not let ${type} be written so. Ask for a token with system/${type}.${letters.join('')}, or system/${type}.write in the syntax of SMART v1.`;
  }
  return `The app is not licensed to write ${type}: the operator can change that (\`apps licence\`, PUT /admin/apps/[id]/licence).`;
}
