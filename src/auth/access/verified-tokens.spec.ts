import { VerifiedTokens } from './verified-tokens';

const claims = { appId: 'app', scope: 'system/*.rs', exp: 1000 };
const before = new Date(999_999);

describe('VerifiedTokens', () => {
  it('knows a token that was verified until it expires', () => {
    const tokens = new VerifiedTokens();
    tokens.remember('a', claims);

    expect(tokens.of('a', before)).toStrictEqual(claims);
    expect(tokens.of('b', before)).toBeUndefined();
    expect(tokens.of('a', new Date(1_000_000))).toBeUndefined();
    expect(tokens.of('a', before)).toBeUndefined();
  });

  it('forgets the oldest beyond ten thousand', () => {
    const tokens = new VerifiedTokens();
    for (let index = 0; index <= 10_000; index += 1) tokens.remember(`token-${index}`, claims);

    expect(tokens.of('token-0', before)).toBeUndefined();
    expect(tokens.of('token-1', before)).toStrictEqual(claims);
    expect(tokens.of('token-10000', before)).toStrictEqual(claims);
  });
});
