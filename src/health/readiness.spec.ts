import { UnfitError } from './dependencies';
import { Readinesses } from './readiness';

describe(Readinesses.name, () => {
  const fit = (): Promise<void> => Promise.resolve();

  it('asks what hangs once, however many want to know, and answers in time', async () => {
    const hanging = jest.fn(() => new Promise<void>(() => undefined));
    const readinesses = new Readinesses({
      postgresql: fit,
      schema: fit,
      redis: hanging,
      storage: fit,
    });

    const answers = [
      ...(await Promise.all([readinesses.ask(), readinesses.ask()])),
      await readinesses.ask(),
    ];

    expect(answers.map(({ status }) => status)).toStrictEqual(['error', 'error', 'error']);
    expect(answers[0]?.details).toStrictEqual({
      postgresql: { status: 'up' },
      schema: { status: 'up' },
      redis: { status: 'down', reason: 'no answer' },
      storage: { status: 'up' },
    });
    expect(hanging).toHaveBeenCalledTimes(1);
  });

  it('tells what is late without being unready for it', async () => {
    const late = (): Promise<void> => Promise.reject(new UnfitError('was read last 99 s ago'));

    const { status, details } = await new Readinesses({ redis: fit }, { 'feed ehr': late }).ask();

    expect(status).toBe('ok');
    expect(details).toStrictEqual({
      redis: { status: 'up' },
      'feed ehr': { status: 'late', reason: 'was read last 99 s ago' },
    });
  });

  it('says a code, never the message of a server', async () => {
    const failing = (): Promise<void> =>
      Promise.reject(Object.assign(new Error('secret'), { code: '53300' }));
    const readinesses = new Readinesses({
      postgresql: failing,
      schema: failing,
      redis: fit,
      storage: fit,
    });

    const { details } = await readinesses.ask();

    expect(details['postgresql']).toStrictEqual({ status: 'down', reason: '53300' });
  });
});
