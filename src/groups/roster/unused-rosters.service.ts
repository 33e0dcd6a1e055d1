import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';

import { AuditLog } from '../../audit';
import { Clock, PeriodicTask, type Step } from '../../common';
import { type Config, CONFIG } from '../../config';
import { withRunner } from '../../database';
import { changeGroup } from '../group-change';
import { endRoster } from './end-roster';
import { UNUSED } from './roster-use.sql';

/** Ends the groups of apps that were neither changed nor exported for OWN_GROUPS_KEPT_DAYS: every hour, in each worker. */
@Injectable()
export class UnusedRosters extends PeriodicTask {
  protected readonly milliseconds = 3_600_000;
  protected readonly steps: Readonly<Record<string, Step>> = {
    'end unused groups of apps': (signal) => this.end(signal),
  };

  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ownGroups'>,
  ) {
    super();
  }

  /** One round. Public so that tests need not wait for the clock. Exports that have begun go on. */
  async end(signal = new AbortController().signal): Promise<void> {
    if (!this.clock.agrees) return;
    await withRunner(this.dataSource, async (runner) => {
      for (const { id } of await this.unused(runner, null)) {
        if (signal.aborted) return;
        await this.endOne(runner, id);
      }
    });
  }

  /** Somebody may have used it, or another worker ended it, since it was looked for. */
  private endOne(runner: QueryRunner, id: string): Promise<void> {
    return changeGroup(runner, id, async ({ at }) => {
      const [group] = await this.unused(runner, id);
      if (!group) return { version: false, result: undefined };
      const removed = await endRoster(runner, id, at);
      await this.audit.record(
        {
          ...{ action: 'roster.expired', outcome: 'success', appId: group.owner, groupId: id },
          detail: { removed, keptDays: this.config.ownGroups.keptDays },
        },
        runner.manager,
      );
      return { version: true, result: undefined };
    });
  }

  private async unused(runner: QueryRunner, id: string | null): Promise<readonly Unused[]> {
    return (await runner.query(UNUSED, [this.config.ownGroups.keptDays, id])) as readonly Unused[];
  }
}

interface Unused {
  readonly id: string;
  readonly owner: string;
}
