import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  Equals,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  MaxLength,
} from 'class-validator';

import { RESOURCE_TYPES } from '@app/fhir';

import { type App, APP_TYPES, type LicenceChange, appNotes, type WriteLicence } from '../auth';
import { invalidParameter, REQUEST_LIMITS } from '../common';
import { Optional } from './optional';
import { GivenWrites, OwnGroupsView } from './writes.dto';

/** A key that is good, but whose private half nobody has. */
export const JWKS_EXAMPLE = {
  keys: [
    {
      ...{ kty: 'EC', crv: 'P-384', kid: 'key-1', alg: 'ES384', use: 'sig' },
      x: 'oZjhnqhUe-datbA1oDCbisu8I5fPzLS1HoBaYyFT6_tQE1WWI9vYmq8Moo2Pu_uE',
      y: 'hkYaCUg6F8lshIAbWxsyxGYVsTsqoDJdtKV0CTkOAVQEkSX_06MIYc6kvtNh-8Rl',
    },
  ],
};
const KEYS = 'Give either jwks or jwksUrl.';
const MAX_GROUPS = REQUEST_LIMITS.entriesOf.groups;

export class AppKeys {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: `JSON Web Key Set of public keys. ${KEYS}`,
    example: JWKS_EXAMPLE,
  })
  @Optional()
  @IsObject()
  jwks?: object;

  @ApiPropertyOptional({ description: `https URL of the app's JSON Web Key Set. ${KEYS}` })
  @Optional()
  @IsString()
  @MaxLength(2000)
  jwksUrl?: string;
}

export class NewApp extends IntersectionType(AppKeys, GivenWrites) {
  @ApiPropertyOptional({ description: 'Client id; made up when left out.', example: 'my-app' })
  @Optional()
  @IsString()
  id?: string;

  @ApiProperty({ description: 'What people call it.', example: 'Cancer registry' })
  @IsString()
  name: string;

  @ApiProperty({
    enum: APP_TYPES,
    description:
      'Only System apps can get a token and use bulk data; they need jwks or jwksUrl, and a licence for groups or to write.',
  })
  @IsIn(APP_TYPES)
  type: string;

  @ApiPropertyOptional({ description: 'It may export every group.' })
  @Optional()
  @IsBoolean()
  allGroups?: boolean;

  @ApiPropertyOptional({ description: 'Groups that it may export.', example: ['INF-101'] })
  @Optional()
  @IsArray()
  @ArrayMaxSize(MAX_GROUPS)
  @IsString({ each: true })
  groups?: string[];

  @ApiPropertyOptional({
    enum: RESOURCE_TYPES,
    isArray: true,
    description: 'Types that it may export; all when left out.',
  })
  @Optional()
  @IsArray()
  @IsString({ each: true })
  resourceTypes?: string[];
}

/** A whole licence: both parts of what is exported must be said, so that nothing becomes wider by being forgotten. */
export class NewLicence extends GivenWrites {
  @ApiPropertyOptional({ enum: [true], description: 'true: every group. Give this or groups.' })
  @Optional()
  @Equals(true)
  allGroups?: true;

  @ApiPropertyOptional({ description: 'Groups that it may export.', example: ['INF-101'] })
  @Optional()
  @IsArray()
  @ArrayMaxSize(MAX_GROUPS)
  @IsString({ each: true })
  groups?: string[];

  @ApiPropertyOptional({
    enum: [true],
    description: 'true: every type. Give this or resourceTypes.',
  })
  @Optional()
  @Equals(true)
  allResourceTypes?: true;

  @ApiPropertyOptional({
    enum: RESOURCE_TYPES,
    isArray: true,
    description: 'Types that it may export.',
  })
  @Optional()
  @IsArray()
  @IsString({ each: true })
  resourceTypes?: string[];
}

export class NewWeight {
  @ApiProperty({
    type: 'integer',
    description: 'Share of the workers beside the weights of other apps; 1 for every new app.',
    minimum: 1,
    maximum: 100,
    example: 3,
  })
  @IsInt()
  weight: number;
}

export class NewLimits {
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Exports that run at a time. Left out: EXPORT_MAX_RUNNING_PER_APP.',
    minimum: 1,
    maximum: 1000,
    example: 4,
  })
  @Optional()
  @IsInt()
  running?: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Exports that wait beside them. Left out: EXPORT_MAX_QUEUED_PER_APP.',
    minimum: 0,
    maximum: 1000,
    example: 10,
  })
  @Optional()
  @IsInt()
  queued?: number;
}

/** @throws FhirError 400 unless both parts are given, each in one way */
export function readLicence(licence: NewLicence): Required<LicenceChange> {
  const { allGroups, groups, allResourceTypes, resourceTypes } = licence;
  const { allFeeds = false, feeds, fhirWrites = false } = licence;
  if ((allGroups === undefined) === (groups === undefined)) {
    throw invalidParameter('groups', 'Give either groups or "allGroups": true.', 'required');
  }
  if ((allResourceTypes === undefined) === (resourceTypes === undefined)) {
    throw invalidParameter(
      'resourceTypes',
      'Give either resourceTypes or "allResourceTypes": true.',
      'required',
    );
  }
  if (allFeeds && feeds !== undefined) {
    throw invalidParameter('feeds', 'Give either feeds or "allFeeds": true.');
  }
  return {
    groups: groups ?? 'all',
    resourceTypes: resourceTypes ?? 'all',
    feeds: allFeeds ? 'all' : (feeds ?? []),
    fhirWrites,
    ...ownGroupsOf(licence),
  };
}

/** What is left out there is none of. */
function ownGroupsOf({
  ownGroups = 0,
  ownGroupMembers = 100_000,
  choosesFromEveryone = false,
}: NewLicence): Required<
  Pick<LicenceChange, 'ownGroups' | 'ownGroupMembers' | 'choosesFromEveryone'>
> {
  return { ownGroups, ownGroupMembers, choosesFromEveryone };
}

/** An app as operators see it. */
export class AppView {
  @ApiProperty({ description: 'Client id.', example: 'my-app' })
  id: string;

  @ApiProperty({ example: 'Cancer registry' })
  name: string;

  @ApiProperty({ enum: APP_TYPES })
  type: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: JWKS_EXAMPLE })
  jwks?: object;

  @ApiPropertyOptional()
  jwksUrl?: string;

  @ApiProperty()
  allGroups: boolean;

  @ApiProperty({ type: [String], example: ['INF-101'] })
  groups: readonly string[];

  @ApiPropertyOptional({ enum: RESOURCE_TYPES, isArray: true, description: 'Left out: all.' })
  resourceTypes?: readonly string[];

  @ApiProperty({ description: 'It may send batches of every feed.' })
  allFeeds: boolean;

  @ApiProperty({
    type: [String],
    example: ['main-ehr'],
    description: 'Feeds that it may send batches of.',
  })
  feeds: readonly string[];

  @ApiProperty({ description: 'It may write single resources and Bundles at the FHIR base.' })
  fhirWrites: boolean;

  @ApiPropertyOptional({
    type: OwnGroupsView,
    description: 'The groups that it may make and keep itself. Left out: none.',
  })
  ownGroups?: OwnGroupsView;

  @ApiProperty({
    type: [String],
    description:
      'What the licence keeps the app from that operators may not expect; and of a key set that was just handed in, the keys that were left out.',
    example: [],
  })
  notes: readonly string[];

  @ApiProperty({
    type: 'integer',
    description: 'Share of the workers beside other apps.',
    example: 1,
  })
  weight: number;

  @ApiProperty({
    type: NewLimits,
    description: 'Its own limits; what is left out, the settings say.',
  })
  limits: App['limits'];

  @ApiProperty()
  createdAt: Date;

  @ApiProperty()
  updatedAt: Date;

  @ApiPropertyOptional({ description: 'Left out while the app may be used.' })
  disabledAt?: Date;
}

const NOT_WRITTEN: WriteLicence = { allFeeds: false, feeds: [], fhirWrites: false };

export function appView(registered: App): AppView {
  const { keys, licence, ...app } = registered;
  const { writes = NOT_WRITTEN, ...exported } = licence;
  return {
    ...app,
    ...(keys?.kind === 'inline' ? { jwks: keys.jwks } : {}),
    ...(keys?.kind === 'url' ? { jwksUrl: keys.url } : {}),
    ...exported,
    ...writes,
    resourceTypes: licence.resourceTypes,
    notes: appNotes(registered),
  };
}
