import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';

import { failureFields } from '../common';
import type { AuditEvent } from './audit-event';
import { AuditLog } from './audit-log';

/** Of one kind and app, in each process. */
const ROWS = 10;
const WINDOW_MILLISECONDS = 60_000;

interface Window {
  rows: number;
  /** Refusals that got no row of their own, and the last of them. */
  more: number;
  last: AuditEvent;
}

/**
 * The record of refusals, which those who are refused must not be able to fill: ten rows a minute for each
 * action and app, and one more that counts the rest.
 */
@Injectable()
export class RefusalLog implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RefusalLog.name);
  /** By action and app: there are no more of them than registered apps. */
  private readonly windows = new Map<string, Window>();

  constructor(private readonly audit: AuditLog) {}

  /** Adds an event, or counts it. @throws when its row cannot be written */
  async record(event: AuditEvent): Promise<void> {
    const window = this.windowOf(event);
    if (window.rows >= ROWS) {
      window.more += 1;
      window.last = event;
      return;
    }
    window.rows += 1;
    await this.audit.record(event);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.windows.keys()].map((key) => this.close(key)));
  }

  private windowOf(event: AuditEvent): Window {
    const key = `${event.action} ${event.appId ?? ''}`;
    const open = this.windows.get(key);
    if (open) return open;
    const window = { rows: 0, more: 0, last: event };
    this.windows.set(key, window);
    setTimeout(() => void this.close(key), WINDOW_MILLISECONDS).unref();
    return window;
  }

  /** Never fails: the refusals themselves were answered long ago. */
  private async close(key: string): Promise<void> {
    const window = this.windows.get(key);
    this.windows.delete(key);
    if (!window || window.more === 0) return;
    const { detail, ...event } = window.last;
    try {
      await this.audit.record({
        ...event,
        requestId: undefined,
        detail: { ...detail, repeated: window.more },
      });
    } catch (error) {
      this.logger.warn({ ...failureFields(error), repeated: window.more }, 'refusals not recorded');
    }
  }
}
