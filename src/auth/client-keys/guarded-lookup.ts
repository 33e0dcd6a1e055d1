import { type LookupAddress, lookup as dnsLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

import { JwksFetchError } from './client-keys.errors';
import { isPublicAddress } from './public-address';

/** How names become addresses, by the contract of `dns.lookup`; the system's resolver unless a test says otherwise. */
export type Resolve = (
  hostname: string,
  done: (error: Error | null, addresses?: readonly LookupAddress[]) => void,
) => void;

const systemResolve: Resolve = (hostname, done) => {
  dnsLookup(hostname, { all: true }, done);
};

/**
 * A lookup for sockets that gives out an address only when all addresses of the name are public.
 * The socket connects to exactly what was checked, so a name that changes its mind between check
 * and connection (DNS rebinding) gains nothing.
 */
export function publicLookup(resolve: Resolve = systemResolve): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, (error, addresses = []) => {
      const [first] = addresses;
      const fault = error ?? faultOf(addresses);
      if (fault || !first) done(fault ?? noAddress(), '', 0);
      else if (options.all) done(null, [...addresses]);
      else done(null, first.address, first.family);
    });
  };
}

/** Never throws: it is called by the platform, where nobody would catch it. */
function faultOf(addresses: readonly LookupAddress[]): Error | undefined {
  try {
    if (addresses.every(({ address }) => isPublicAddress(address))) return undefined;
    return new JwksFetchError('has a host with a private address');
  } catch (cause) {
    return new JwksFetchError('has a host with an address that cannot be judged', { cause });
  }
}

function noAddress(): JwksFetchError {
  return new JwksFetchError('has a host without addresses');
}
