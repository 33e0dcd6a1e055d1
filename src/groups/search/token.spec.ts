import { parseToken } from './token';

describe('parseToken', () => {
  it.each([
    ['code', { code: 'code' }],
    ['urn:s|code', { system: 'urn:s', code: 'code' }],
    ['|code', { system: null, code: 'code' }],
    ['urn:s|', { system: 'urn:s' }],
    ['a\\|b', { code: 'a|b' }],
    ['', undefined],
    ['|', undefined],
    ['a|b|c', undefined],
  ])('reads %j', (text, token) => {
    expect(parseToken(text)).toStrictEqual(token);
  });
});
