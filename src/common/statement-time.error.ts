const QUERY_CANCELED = '57014';

/** A statement took longer than EXPORT_STATEMENT_SECONDS: to try it again would take as long again. */
export class StatementTimeError extends Error {
  constructor(cause?: unknown) {
    super('A statement took longer than it may.', { cause });
    this.name = 'StatementTimeError';
  }
}

/**
 * What `work` gives, whose statements PostgreSQL ends after `seconds`. It has one code for that and for
 * whoever cancels a statement; the latter comes sooner.
 *
 * @throws StatementTimeError, or what `work` throws
 */
export async function withinStatementTime<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  try {
    return await work();
  } catch (error) {
    const isEnded = (error as { code?: unknown }).code === QUERY_CANCELED;
    if (isEnded && performance.now() - began >= seconds * 1000) throw new StatementTimeError(error);
    throw error;
  }
}
