/** A decimal as it is written. */
export interface Decimal {
  /** The digits, as a whole number, and the power of ten that the last one counts. */
  readonly digits: bigint;
  readonly exponent: number;
  /** A power of ten: a number that is written the same way is nearer than five of these. */
  readonly halfWidth: number;
}

const DECIMAL = /^([+-]?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * Half a unit of the last digit. In exponential form a single digit counts as two: R4 gives 1e2 the
 * range from 95 to 105.
 */
export function readDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', power] = match;
  const digits = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n);
  const single = power !== undefined && `${whole}${fraction}`.replace(/^0+/, '').length <= 1;
  const exponent = Number(power ?? 0) - fraction.length;
  return { digits, exponent, halfWidth: exponent - (single ? 2 : 1) };
}

/** As PostgreSQL reads a numeric. */
export function textOf({ digits, exponent }: Pick<Decimal, 'digits' | 'exponent'>): string {
  return `${digits}e${exponent}`;
}

/** The text of the `numrange` of what is written with the same digits (R4 search, precision). */
export function sameDigits({ digits, exponent, halfWidth }: Decimal): string {
  const value = digits * 10n ** BigInt(exponent - halfWidth);
  return range(value, 5n, halfWidth, '[)');
}

/** The text of the `numrange` of a tenth to both sides. */
export function approximate({ digits, exponent }: Decimal): string {
  const tenth = digits < 0n ? -digits : digits;
  return range(digits * 10n, tenth, exponent - 1, '[]');
}

function range(value: bigint, width: bigint, exponent: number, bounds: '[)' | '[]'): string {
  const end = (digits: bigint): string => textOf({ digits, exponent });
  return `${bounds.charAt(0)}${end(value - width)},${end(value + width)}${bounds.charAt(1)}`;
}
