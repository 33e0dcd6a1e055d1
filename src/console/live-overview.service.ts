import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type MessageEvent,
} from '@nestjs/common';
import {
  catchError,
  defer,
  exhaustMap,
  finalize,
  map,
  type Observable,
  of,
  ReplaySubject,
  share,
  Subject,
  takeUntil,
  timer,
} from 'rxjs';

import { failureFields, FhirError } from '../common';
import { Overviews } from './overviews.service';

const EVERY_MILLISECONDS = 2000;
/** Then a browser asks again, and is checked again. */
const STREAM_MILLISECONDS = 60_000;
const MOST_STREAMS = 100;

/**
 * The overview as it changes. However many look, it is taken by one loop in each process, one look at a time,
 * which ends when nobody does.
 */
@Injectable()
export class LiveOverview implements BeforeApplicationShutdown {
  private readonly logger = new Logger(LiveOverview.name);
  private readonly closing = new Subject<void>();
  private streams = 0;
  private readonly events = timer(0, EVERY_MILLISECONDS).pipe(
    exhaustMap(() => this.look()),
    share({ connector: () => new ReplaySubject(1), resetOnRefCountZero: true }),
  );

  constructor(private readonly overviews: Overviews) {}

  /** Ends after a minute. @throws FhirError 429 while too many look */
  watch(): Observable<MessageEvent> {
    return defer(() => {
      if (this.streams >= MOST_STREAMS) throw tooMany();
      this.streams += 1;
      return this.events.pipe(
        takeUntil(timer(STREAM_MILLISECONDS)),
        takeUntil(this.closing),
        finalize(() => {
          this.streams -= 1;
        }),
      );
    });
  }

  beforeApplicationShutdown(): void {
    this.closing.next();
  }

  private look(): Observable<MessageEvent> {
    return defer(() => this.overviews.take()).pipe(
      map((overview) => ({ type: 'overview', data: overview, retry: 1000 })),
      catchError((error: unknown) => {
        this.logger.warn(failureFields(error), 'no overview');
        return of({ type: 'outage', data: 'The database does not answer.', retry: 1000 });
      }),
    );
  }
}

function tooMany(): FhirError {
  return new FhirError(`${MOST_STREAMS} consoles are open already.`, {
    status: 429,
    code: 'throttled',
    headers: { 'Retry-After': '60' },
  });
}
