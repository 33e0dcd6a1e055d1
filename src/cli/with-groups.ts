import { MembershipModule } from '../groups';
import { type Services, withServices } from './with-services';

/** Runs an action with the services that keep groups. */
export function withGroups<T>(action: (services: Services) => Promise<T>): Promise<T> {
  return withServices({ imports: [MembershipModule] }, action);
}
