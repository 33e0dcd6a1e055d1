import { register } from 'prom-client';

/** prom-client refuses a name twice, and tests start the service more than once in a process. */
export function metricOnce<T>(name: string, make: (name: string) => T): T {
  return (register.getSingleMetric(name) as T | undefined) ?? make(name);
}
