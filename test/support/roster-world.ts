import { AppRegistry } from '../../src/auth';
import { GroupDirectory } from '../../src/groups';
import { deleteResource, given, type GivenApp } from './given-app';
import { patientLists } from './groups';

const MRN = 'urn:example:mrn';
export const PEOPLE = ['w1', 'w2', 'w3', 'w4'] as const;
export const KINDS = [
  ...['join', 'leave', 'licence', 'name', 'identify', 'forget', 'write', 'delete'],
] as const;

/** Something that happens; what it does not need of the rest it ignores. */
export interface Step {
  readonly kind: string;
  readonly who: string;
  readonly other: string;
  readonly female: boolean;
  readonly replaced: boolean;
}

interface Person {
  readonly mrn: string;
  readonly female: boolean;
  readonly replaced: boolean;
}

/** Sends a roster to `Group/[id]/$member-add` or `-remove`. */
type Change = (operation: 'add' | 'remove', csv: string) => Promise<unknown>;

/**
 * Patients, the groups from which an app may choose, and a group of its own; beside them a model in plain words of
 * who must be in it. `POP` is a patient list, `SEG` the segment of women; the app may also export a group of another
 * app, in which everybody is, and which is no choice.
 */
export class RosterWorld {
  private readonly list = new Set<string>();
  private readonly licensed = new Set(['POP', 'SEG']);
  private readonly entries = new Set<string>();
  private readonly people = new Map<string, Person>();

  constructor(
    private readonly service: GivenApp,
    private readonly own: { readonly appId: string; readonly groupId: string },
    private readonly foreignGroup: string,
    private readonly change: Change,
  ) {}

  async happen({ kind, who, ...rest }: Step): Promise<void> {
    if (kind === 'join' || kind === 'leave') return this.population(kind, who);
    if (kind === 'licence') return this.licence(rest.female ? 'POP' : 'SEG');
    if (kind === 'write') return this.write(who, { ...rest, mrn: rest.other.toUpperCase() });
    if (kind === 'delete') {
      this.people.delete(who);
      return deleteResource(this.service, 'Patient', who);
    }
    return this.entry(kind, who);
  }

  /** Who must be in the group: no more, and no fewer. */
  expected(): readonly string[] {
    const found = [...this.entries].map((entry) =>
      PEOPLE.filter((id) => this.mayBeChosen(id) && this.isMeant(entry, id)),
    );
    return [...new Set(found.flatMap((ids) => (ids.length === 1 ? ids : [])))].sort();
  }

  /** Who would be frozen as the cohort of an export that sees all that has happened. */
  async cohort(): Promise<readonly string[]> {
    const directory = this.service.app.get(GroupDirectory, { strict: false });
    const group = await directory.find(this.own.groupId);
    if (!group) throw new Error('The group has gone.');
    const afterAll = new Date(this.service.clock.now().getTime() + 60_000).toISOString();
    const { sql, parameters } = await directory.cohortQuery(group, afterAll);
    const rows = await this.service.dataSource.query<{ patient_id: string }[]>(sql, [
      ...parameters,
    ]);
    return rows.map(({ patient_id: id }) => id).sort();
  }

  private mayBeChosen(id: string): boolean {
    const person = this.people.get(id);
    if (!person) return false;
    return (
      (this.licensed.has('POP') && this.list.has(id)) || (this.licensed.has('SEG') && person.female)
    );
  }

  private isMeant(entry: string, id: string): boolean {
    const person = this.people.get(id);
    return entry === `,${id}` || (entry === `${MRN},${person?.mrn}` && person?.replaced === false);
  }

  private async population(kind: 'join' | 'leave', who: string): Promise<void> {
    const lists = patientLists(this.service);
    if (kind === 'join') await lists.add('POP', [who], { allowUnknown: true });
    else await lists.remove('POP', [who]);
    if (kind === 'join') this.list.add(who);
    else this.list.delete(who);
  }

  private async licence(group: string): Promise<void> {
    if (!this.licensed.delete(group)) this.licensed.add(group);
    await this.service.app
      .get(AppRegistry, { strict: false })
      .changeLicence(this.own.appId, { groups: [this.foreignGroup, ...this.licensed] });
  }

  private async write(who: string, person: Person): Promise<void> {
    const { mrn, female, replaced } = person;
    this.people.set(who, { mrn, female, replaced });
    const link = [{ type: 'replaced-by', other: { reference: 'Patient/p1' } }];
    await this.service.load([
      given('Patient', who, {
        identifier: [{ system: MRN, value: mrn }],
        gender: female ? 'female' : 'male',
        ...(replaced && { link }),
      }),
    ]);
  }

  private async entry(kind: string, who: string): Promise<void> {
    const entries = [`,${who}`, `${MRN},${who.toUpperCase()}`];
    if (kind === 'forget') {
      await this.change('remove', entries.join('\n'));
      for (const entry of entries) this.entries.delete(entry);
      return;
    }
    const entry = entries[kind === 'name' ? 0 : 1] ?? '';
    await this.change('add', entry);
    this.entries.add(entry);
  }
}
