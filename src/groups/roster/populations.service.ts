import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, type Repository } from 'typeorm';

import type { ResourceType } from '@app/fhir';

import { AppRegistry, type Licence, type OwnGroupsLicence } from '../../auth';
import { FhirError } from '../../common';
import type { SqlQuery } from '../group';
import { PatientGroupRow } from '../patient-group.entity';
import { PatientListSource } from '../patient-list.source';
import { SegmentSource } from '../segment/segment.source';

/** Whom apps may choose as members of the groups that they keep. */
@Injectable()
export class Populations {
  constructor(
    private readonly apps: AppRegistry,
    private readonly lists: PatientListSource,
    private readonly segments: SegmentSource,
    @InjectRepository(PatientGroupRow) private readonly groups: Repository<PatientGroupRow>,
  ) {}

  /**
   * A query of `patient_id`, by the app's licence as it is now: the members, at an instant, of the groups that
   * operators keep and the app is licensed for. Undefined: everyone.
   *
   * @param only one of these groups, whose members alone may be chosen
   * @throws FhirError 422 for an app that may not keep groups any more (GR-09)
   */
  async of(appId: string, at: string, only?: string): Promise<SqlQuery | undefined> {
    const { allGroups, groups, ownGroups } = await this.licenceOf(appId);
    if (only !== undefined) {
      if (!allGroups && !groups.includes(only)) throw noLongerLicensed();
      return this.membersOf([only], at);
    }
    return allGroups || ownGroups.population === 'everyone'
      ? undefined
      : this.membersOf(groups, at);
  }

  /**
   * As `of`, for the keeper of a group whose members are searched for. Whom a search finds tells what it has found.
   *
   * @throws FhirError 422 also when the licence does not cover a type that is searched
   */
  async searched(
    groupId: string,
    at: string,
    { types, only }: { readonly types: readonly ResourceType[]; readonly only: string | undefined },
  ): Promise<SqlQuery | undefined> {
    const group = await this.groups.findOne({
      select: { id: true, owner: true },
      where: { id: groupId },
    });
    const owner = group?.owner ?? '';
    const { resourceTypes } = await this.licenceOf(owner);
    const hidden = resourceTypes && types.find((type) => !resourceTypes.includes(type));
    if (hidden !== undefined) throw noLongerSearched(hidden);
    return this.of(owner, at, only);
  }

  private async licenceOf(appId: string): Promise<KeeperLicence> {
    const app = await this.apps.find(appId);
    const ownGroups = app?.disabledAt === undefined ? app?.licence.ownGroups : undefined;
    if (!app || !ownGroups) throw noLongerLicensed();
    return { ...app.licence, ownGroups };
  }

  private async membersOf(ids: readonly string[], at: string): Promise<SqlQuery> {
    const licensed = await this.groups.find({
      select: { id: true, source: true },
      where: { id: In(ids), owner: IsNull() },
    });
    const idsOf = (source: string): readonly string[] =>
      licensed.filter((group) => group.source === source).map(({ id }) => id);
    const segments = idsOf('segment').map((id) => this.segments.cohort(id, at));
    return union([
      this.lists.cohortOfAny(idsOf('patient-list'), at),
      ...(await Promise.all(segments)),
    ]);
  }
}

type KeeperLicence = Licence & { readonly ownGroups: OwnGroupsLicence };

function noLongerSearched(type: ResourceType): FhirError {
  return new FhirError(
    `The group is found by ${type}, for which the app that keeps it is no longer licensed, so it has no members to export. Ask the operator.`,
    { status: 422, code: 'not-supported', expression: ['Group'] },
  );
}

function noLongerLicensed(): FhirError {
  return new FhirError(
    'The app that keeps this group may not keep groups any more, so it has no members to export. Ask the operator.',
    { status: 422, code: 'not-supported', expression: ['Group'] },
  );
}

/** Queries one after the other, with their placeholders moved behind those of the ones before. */
function union(queries: readonly SqlQuery[]): SqlQuery {
  let moved = 0;
  const parts = queries.map(({ sql, parameters }) => {
    const part = behind(sql, moved);
    moved += parameters.length;
    return part;
  });
  return {
    sql: parts.join('\nunion all\n'),
    parameters: queries.flatMap(({ parameters }) => parameters),
  };
}

/** SQL with placeholders that count from `first` on, not from 0 on. */
export function behind(sql: string, first: number): string {
  return sql.replaceAll(/\$(\d+)/g, (_, number: string) => `$${Number(number) + first}`);
}
