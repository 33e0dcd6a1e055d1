import { readBound, readCharacteristic, readIdentifier } from './group-arguments';

describe('arguments of the groups command', () => {
  it.each([
    ['7', { value: '7' }],
    ['urn:lists|7', { system: 'urn:lists', value: '7' }],
  ])('reads identifier %j', (text, identifier) => {
    expect(readIdentifier(text)).toStrictEqual(identifier);
  });

  it.each([
    [
      'urn:c|dx=urn:v|a',
      { code: { system: 'urn:c', code: 'dx' }, value: { system: 'urn:v', code: 'a' } },
    ],
    ['smoker=true', { code: { code: 'smoker' }, value: true }],
  ])('reads characteristic %j', (text, characteristic) => {
    expect(readCharacteristic(text)).toStrictEqual(characteristic);
  });

  it.each(['dx|=a', 'smoker', '=a', 'dx='])('refuses characteristic %j', (text) => {
    expect(() => readCharacteristic(text)).toThrow('--characteristic');
  });

  it('takes dates whole, in UTC, and instants as they are', () => {
    expect(readBound('2026-01-31', 'start')).toBe('2026-01-31T00:00:00.000000Z');
    expect(readBound('2026-01-31', 'end')).toBe('2026-01-31T23:59:59.999999Z');
    expect(readBound('2026-01-31T10:00:00+02:00', 'end')).toBe('2026-01-31T08:00:00.000000Z');
    expect(() => readBound('2026-02-30', 'end')).toThrow('--period-end');
    expect(() => readBound('2026', 'start')).toThrow('--period-start');
  });
});
