import { isPublicAddress, isPublicAddressLiteral } from './public-address';

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
    'takes %s for public (RG-11)',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.8.8.8',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
  ])('takes %s for not public (RG-11)', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('isPublicAddressLiteral', () => {
  it.each([
    ['https://127.0.0.1/jwks', false],
    ['https://2130706433/jwks', false],
    ['https://0x7f.1/jwks', false],
    ['https://[::1]/jwks', false],
    ['https://[::ffff:10.0.0.1]/jwks', false],
    ['https://8.8.8.8/jwks', true],
    ['https://keys.example.org/jwks', undefined],
  ])('judges the host of %s as %s (RG-11)', (url, expected) => {
    expect(isPublicAddressLiteral(new URL(url).hostname)).toBe(expected);
  });
});
