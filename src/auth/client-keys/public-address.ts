import { isIP } from 'node:net';

import { parse, parseCIDR } from 'ipaddr.js';

/** All that is routed of IPv6; `ipaddr.js` takes the rest, which is nobody's, for ordinary. */
const ROUTED_IPV6 = parseCIDR('2000::/3');

/** True for an address of the public internet (IANA special-purpose registries left out, RG-11). */
export function isPublicAddress(address: string): boolean {
  const parsed = parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(ROUTED_IPV6);
}

/** The same for the host of a URL: undefined when it is a name, which only a lookup can tell. */
export function isPublicAddressLiteral(hostname: string): boolean | undefined {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) === 0 ? undefined : isPublicAddress(address);
}
