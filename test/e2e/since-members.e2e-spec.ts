import { downloadAll, kickOff, manifestOf } from '../support/export';
import { given, type GivenApp, idsOf, startGivenApp, to } from '../support/given-app';
import { patientLists } from '../support/groups';
import { until } from '../support/until';

/** Resources whose ids begin with a test's own word, so that tests can share a service. */
const scene = (name: string) => {
  const at = (type: string, id: string) => to(type, `${name}-${id}`);
  const patient = (id: string) => given('Patient', `${name}-${id}`);
  const practitioner = (id: string) =>
    given('Practitioner', `${name}-${id}`, {
      qualification: [{ issuer: at('Organization', `of-${id}`) }],
    });
  const organization = (id: string) => given('Organization', `${name}-${id}`);
  const encounter = (id: string, subject: string, individual: string) =>
    given('Encounter', `${name}-${id}`, {
      subject: at('Patient', subject),
      participant: [{ individual: at('Practitioner', individual) }],
    });
  const dated = (id: string, subject: string, lastUpdated: string) =>
    given('Observation', `${name}-${id}`, {
      meta: { lastUpdated },
      subject: at('Patient', subject),
    });
  const observation = (id: string, subject: string, ...performers: readonly string[]) =>
    given('Observation', `${name}-${id}`, {
      subject: at('Patient', subject),
      performer: performers.map((one) => at('Patient', one)),
    });
  const provenance = (id: string, observationId: string) =>
    given('Provenance', `${name}-${id}`, { target: [at('Observation', observationId)] });
  const start = [
    ...['member', 'leaver', 'joiner', 'stranger'].map(patient),
    ...['members', 'joiners', 'shared', 'strangers'].map(practitioner),
    ...['members', 'joiners', 'shared', 'strangers'].map((id) => organization(`of-${id}`)),
    encounter('members', 'member', 'members'),
    encounter('members-shared', 'member', 'shared'),
    encounter('joiners', 'joiner', 'joiners'),
    encounter('joiners-shared', 'joiner', 'shared'),
    encounter('strangers', 'stranger', 'strangers'),
    observation('members', 'member'),
    observation('leavers', 'leaver'),
    observation('joiners', 'joiner'),
    observation('strangers-of-joiner', 'stranger', 'joiner'),
    observation('strangers-of-both', 'stranger', 'joiner', 'member'),
    provenance('of-members', 'members'),
    provenance('of-joiners', 'joiners'),
    provenance('of-strangers-of-joiner', 'strangers-of-joiner'),
    provenance('of-strangers-of-both', 'strangers-of-both'),
    provenance('before-its-target', 'late'),
  ];
  return { start, patient, encounter, observation, dated };
};

describe('_since', () => {
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp([]);
  });

  afterAll(() => service.close());

  /** `member` and `leaver` are in the group, which has the name of the scene. */
  async function set(name: string): Promise<ReturnType<typeof scene>> {
    const made = scene(name);
    await service.load(made.start);
    const lists = patientLists(service);
    await lists.create({ id: name, name });
    await lists.add(name, [`${name}-member`, `${name}-leaver`]);
    return made;
  }

  async function run(
    path: string,
  ): Promise<{ time: string; lines: ReadonlyMap<string, readonly string[]> }> {
    const statusUrl = await kickOff(service, path, service.token);
    const manifest = await manifestOf(service, statusUrl, service.token);
    return {
      time: manifest.transactionTime,
      lines: await downloadAll(manifest, service.token),
    };
  }

  /** What lines of a scene there are, without its name. */
  const shown = (name: string, lines: ReadonlyMap<string, readonly string[]>): readonly string[] =>
    [...lines]
      .flatMap(([type, own]) => idsOf(own).map((id) => `${type}/${id}`))
      .filter((key) => key.includes(`/${name}-`))
      .map((key) => key.replace(`${name}-`, ''))
      .sort();

  it('gives the whole record of who joined the group since, and of the others only changes (PR-10, PR-13, GR-06)', async () => {
    await set('join');
    const { time } = await run('Group/join/$export');
    await patientLists(service).add('join', ['join-joiner']);
    await patientLists(service).remove('join', ['join-leaver']);

    const { lines } = await run(`Group/join/$export?_since=${time}`);

    expect(shown('join', lines)).toStrictEqual([
      'Encounter/joiners',
      'Encounter/joiners-shared',
      'Observation/joiners',
      'Observation/strangers-of-joiner',
      'Organization/of-joiners',
      'Patient/joiner',
      'Practitioner/joiners',
      'Provenance/of-joiners',
      'Provenance/of-strangers-of-joiner',
    ]);
  });

  it('gives nothing when nothing has changed and nobody has joined (PR-10)', async () => {
    await set('idle');
    const { time } = await run('Group/idle/$export');

    const { lines } = await run(`Group/idle/$export?_since=${time}`);

    expect(shown('idle', lines)).toStrictEqual([]);
  });

  it('gives unchanged resources to which a member points only now, and Provenance that has found its target (PR-11, PR-67)', async () => {
    const { encounter, observation } = await set('link');
    const { time } = await run('Group/link/$export');
    await service.load([
      encounter('new', 'member', 'strangers'),
      encounter('new-shared', 'member', 'shared'),
      observation('late', 'member'),
    ]);

    const { lines } = await run(`Group/link/$export?_since=${time}`);

    expect(shown('link', lines)).toStrictEqual([
      'Encounter/new',
      'Encounter/new-shared',
      'Observation/late',
      'Organization/of-strangers',
      'Practitioner/strangers',
      'Provenance/before-its-target',
    ]);
  });

  it('gives what a patient had before the Patient was loaded, to exports of all patients (PR-13)', async () => {
    const { observation, patient } = await set('belated');
    await service.load([observation('early', 'latecomer')]);
    const { time } = await run('Patient/$export');
    await service.load([patient('latecomer')]);

    const { lines } = await run(`Patient/$export?_since=${time}`);

    expect(shown('belated', lines)).toStrictEqual(['Observation/early', 'Patient/latecomer']);
  });

  it('counts who left and came back as somebody who joined (PR-13)', async () => {
    await set('back');
    await patientLists(service).remove('back', ['back-leaver']);
    const { time } = await run('Group/back/$export');
    await patientLists(service).add('back', ['back-leaver']);

    const { lines } = await run(`Group/back/$export?_since=${time}`);

    expect(shown('back', lines)).toStrictEqual(['Observation/leavers', 'Patient/leaver']);
  });

  it('gives what arrives late, with the meta of its own past, to who has exported before it arrived (PR-10, PR-13)', async () => {
    const { dated } = await set('arrives');
    const first = await run('Group/arrives/$export');
    const late = dated('arrival', 'member', '2020-01-01T00:00:00Z');
    await service.load([late]);

    const second = await run(`Group/arrives/$export?_since=${first.time}`);
    const third = await run(`Group/arrives/$export?_since=${second.time}`);

    expect(shown('arrives', first.lines)).not.toContain('Observation/arrival');
    expect(second.lines.get('Observation')).toStrictEqual([late.line]);
    expect(third.lines.has('Observation')).toBe(false);
  });

  it('is a filter by date, and no more, when it is from before the group was made (PR-10)', async () => {
    await service.load([scene('made').observation('old', 'member')]);
    const before = new Date().toISOString();
    await until('the clock goes on', () => new Date().toISOString() > before);
    await set('made');

    const { lines } = await run(`Group/made/$export?_since=${before}`);

    expect(shown('made', lines)).toContain('Observation/members');
    expect(shown('made', lines)).not.toContain('Observation/old');
  });
});
