import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';

import { FhirError, isSameSecret } from '../../common';
import { type Config, CONFIG } from '../../config';
import { BackOff } from './back-off';

/** The key of all addresses together. */
const ANYWHERE = '*';
const MAX_KNOWN = 1000;

/** The one place where ADMIN_TOKEN is compared, in constant time and not for ever. */
@Injectable()
export class OperatorCredential {
  private readonly byAddress = new BackOff(5, 300);
  private readonly inAll = new BackOff(50, 60);
  /** Addresses that operators came from: guesses from elsewhere do not keep them out. */
  private readonly known = new Set<string>();

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'admin'>) {}

  /** Whether there is one at all. */
  get isSet(): boolean {
    return this.config.admin.token !== undefined;
  }

  /**
   * Whether `given` is ADMIN_TOKEN. While an address waits, nothing from there is compared.
   *
   * @throws FhirError 429 with Retry-After after too many wrong ones from this address, or from everywhere
   */
  isRight(given: string, { socket }: Pick<Request, 'socket'>): boolean {
    const address = socket.remoteAddress ?? 'unknown';
    const wait = Math.max(
      this.byAddress.wait(address),
      this.known.has(address) ? 0 : this.inAll.wait(ANYWHERE),
    );
    if (wait > 0) throw tooManyGuesses(wait);
    const { token } = this.config.admin;
    const isRight = token !== undefined && isSameSecret(given, token);
    if (isRight) this.welcome(address);
    else for (const [backOff, key] of this.counters(address)) backOff.fail(key);
    return isRight;
  }

  private counters(address: string): readonly (readonly [BackOff, string])[] {
    return [
      [this.byAddress, address],
      [this.inAll, ANYWHERE],
    ];
  }

  private welcome(address: string): void {
    this.byAddress.forget(address);
    if (this.known.size < MAX_KNOWN) this.known.add(address);
  }
}

function tooManyGuesses(seconds: number): FhirError {
  return new FhirError(
    `Too many wrong credentials came in. Ask again in ${seconds} s, as Retry-After says.`,
    { status: 429, code: 'throttled', headers: { 'Retry-After': String(seconds) } },
  );
}
