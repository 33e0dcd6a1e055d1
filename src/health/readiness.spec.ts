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
