import { Counter, Gauge } from 'prom-client';

import { metricOnce } from '../../common';

/** Raw counts of the sweeper; whether they are good or bad is for alerts to say. */
export const SWEEP_METRICS = {
  expired: metricOnce('bulk_exports_expired_total', () => {
    const help = 'Exports whose files were withdrawn because their time was over.';
    return new Counter({ name: 'bulk_exports_expired_total', help });
  }),
  swept: metricOnce('bulk_exports_swept_total', () => {
    const help = 'Finished exports whose storage was gone over.';
    return new Counter({ name: 'bulk_exports_swept_total', help });
  }),
  lastSuccess: metricOnce('bulk_sweep_last_success_timestamp_seconds', () => {
    const help = 'Unix time of the last round of the sweeper that ended well.';
    return new Gauge({ name: 'bulk_sweep_last_success_timestamp_seconds', help });
  }),
};
