import { INSTRUMENTS } from '../codes/treatments';
import { type Fragment } from '../text/json-text';
import { type Register } from './register';
import { type Site } from './site';

/** Devices of the sites, without a patient: instruments that measure many people. */
export function addInstruments(register: Register, sites: readonly Site[]): readonly Fragment[] {
  return sites.slice(0, 3).flatMap((site) =>
    INSTRUMENTS.map(({ name, code }) =>
      register.add('Device', name, {
        status: 'active',
        manufacturer: 'Meridian Instruments',
        serialNumber: `MI-${register.random.int(100_000, 999_999)}`,
        deviceName: [{ name, type: 'user-friendly-name' }],
        type: code,
        owner: site.organization,
        location: site.rooms[0],
      }),
    ),
  );
}
