import type { Request } from 'express';

import type { OperatorSession } from '../auth';

/** A request at /admin; `operator` is whoever is signed in, and undefined for a bearer of ADMIN_TOKEN. */
export interface OperatorRequest extends Request {
  readonly id: string;
  operator?: OperatorSession;
}
