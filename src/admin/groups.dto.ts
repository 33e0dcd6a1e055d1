import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsObject,
  IsString,
  Matches,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

import { invalidParameter, REQUEST_LIMITS } from '../common';
import {
  CRITERIA_SCHEMA_ID,
  type GroupAttributes,
  type GroupCharacteristic,
  type GroupSummary,
  type MembershipTerms,
  periodBound,
} from '../groups';
import { Optional } from './optional';

/** Text as people write it: JSON in PostgreSQL cannot be searched past a NUL. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]{1,500}$/u;
const NOT_PRINTABLE = { message: '$property must have 1 to 500 printable characters' };
const MAX_BATCH = REQUEST_LIMITS.entriesOf.patients;

const CRITERIA = {
  type: 'object' as const,
  additionalProperties: true,
  allOf: [{ $ref: CRITERIA_SCHEMA_ID }],
  example: {
    and: [
      { age: { min: 18 } },
      { condition: { code: 'http://snomed.info/sct|44054006', clinicalStatus: 'active' } },
      { not: { encounter: { withinDays: 365 } } },
    ],
  },
};

class CodingDto {
  @ApiPropertyOptional({ example: 'http://snomed.info/sct' })
  @Optional()
  @Matches(PRINTABLE, NOT_PRINTABLE)
  system?: string;

  @ApiProperty({ example: '73211009' })
  @Matches(PRINTABLE, NOT_PRINTABLE)
  code: string;

  @ApiPropertyOptional({ example: 'Diabetes mellitus' })
  @Optional()
  @Matches(PRINTABLE, NOT_PRINTABLE)
  display?: string;
}

class IdentifierDto {
  @ApiPropertyOptional({ example: 'urn:example:ehr:patient-list' })
  @Optional()
  @Matches(PRINTABLE, NOT_PRINTABLE)
  system?: string;

  @ApiProperty({ example: 'INF-101' })
  @Matches(PRINTABLE, NOT_PRINTABLE)
  value: string;
}

class CharacteristicDto {
  @ApiProperty({ type: CodingDto, description: 'The trait.' })
  @IsObject()
  @ValidateNested()
  @Type(() => CodingDto)
  code: CodingDto;

  @ApiPropertyOptional({ type: CodingDto, description: 'Its value; or give valueBoolean.' })
  @ValidateIf(({ valueBoolean }: CharacteristicDto) => valueBoolean === undefined)
  @IsObject()
  @ValidateNested()
  @Type(() => CodingDto)
  valueCode?: CodingDto;

  @ApiPropertyOptional({ description: 'Its value; or give valueCode.' })
  @ValidateIf(({ valueCode }: CharacteristicDto) => valueCode === undefined)
  @IsBoolean()
  valueBoolean?: boolean;
}

export class GroupChanges {
  @ApiPropertyOptional({ example: 'Influenza 2026' })
  @Optional()
  @Matches(PRINTABLE, NOT_PRINTABLE)
  name?: string;

  @ApiPropertyOptional({ type: [IdentifierDto], description: 'Business identifiers.' })
  @Optional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => IdentifierDto)
  identifiers?: IdentifierDto[];

  @ApiPropertyOptional({ type: [CharacteristicDto], description: 'Traits of the members.' })
  @Optional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => CharacteristicDto)
  characteristics?: CharacteristicDto[];

  @ApiPropertyOptional({
    ...CRITERIA,
    description: 'What makes a group a segment: docs/groups.md describes the language.',
  })
  @Optional()
  @IsObject()
  criteria?: object;
}

export class NewGroup extends GroupChanges {
  @ApiProperty({ description: 'FHIR id; apps export it as Group/[id].', example: 'INF-101' })
  @IsString()
  id: string;

  @ApiProperty({ example: 'Influenza 2026' })
  @Matches(PRINTABLE, NOT_PRINTABLE)
  declare name: string;
}

class Patients {
  @ApiProperty({
    description: `Ids of patients, ${MAX_BATCH} at most in one request.`,
    example: ['pat-1', 'pat-2'],
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_BATCH)
  @IsString({ each: true })
  patients: string[];
}

export class MembersToAdd extends Patients {
  @ApiPropertyOptional({ description: 'In the list, but not active: not exported.' })
  @Optional()
  @IsBoolean()
  inactive?: boolean;

  @ApiPropertyOptional({ description: 'Members from this date or instant on.' })
  @Optional()
  @IsString()
  periodStart?: string;

  @ApiPropertyOptional({ description: 'Members until this date or instant, inclusive.' })
  @Optional()
  @IsString()
  periodEnd?: string;

  @ApiPropertyOptional({ description: 'Add patients that are not in the clinical store, too.' })
  @Optional()
  @IsBoolean()
  allowUnknown?: boolean;
}

export class MembersToRemove extends Patients {}

export class SegmentDraft {
  @ApiProperty({ ...CRITERIA, description: 'Criteria of a segment, see docs/groups.md.' })
  @IsObject()
  criteria: object;
}

export class Preview {
  @ApiProperty({
    type: 'integer',
    description: 'Patients that belong to it at the instant.',
    example: 42,
  })
  count: number;

  @ApiProperty({ format: 'date-time', description: 'When they were counted.' })
  at: string;
}

export class AddedView {
  @ApiProperty({ type: 'integer' }) added: number;
  @ApiProperty({ type: 'integer', description: 'Members before, whose terms are now other ones.' })
  changed: number;
  @ApiProperty({ type: 'integer' }) unchanged: number;
  @ApiProperty({
    type: 'integer',
    description: 'Those of them that the clinical store does not hold.',
  })
  unknown: number;
}

export class RemovedView {
  @ApiProperty({ type: 'integer' }) removed: number;
}

/** A group as operators see it, without its members. */
export class GroupView {
  @ApiProperty({ example: 'INF-101' }) id: string;
  @ApiProperty({ example: 'Influenza 2026' }) name: string;
  @ApiProperty({ enum: ['patient-list', 'segment'] }) source: string;
  @ApiProperty({ example: '3' }) version: string;
  @ApiProperty({ format: 'date-time' }) lastUpdated: string;
  @ApiProperty({ type: [IdentifierDto] }) identifiers: readonly object[];
  @ApiProperty({ type: [Object], description: 'As FHIR spells them.' })
  characteristics: readonly object[];
  @ApiPropertyOptional({ ...CRITERIA, description: 'Of a segment.' }) criteria?: unknown;
  @ApiPropertyOptional({ type: 'integer', description: 'Of a patient list: all in it.' })
  members?: number;
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Of a patient list: who would be exported now.',
  })
  active?: number;
}

export function groupView({ criteria, members, active, ...group }: GroupSummary): GroupView {
  return {
    ...group,
    ...(criteria === null ? {} : { criteria }),
    ...(members === null || active === null ? {} : { members, active }),
  };
}

/** @throws FhirError 400 for a characteristic with two values */
export function attributesOf(body: GroupChanges): Partial<GroupAttributes> {
  const { name, identifiers, characteristics, criteria } = body;
  return { name, identifiers, characteristics: characteristics?.map(characteristic), criteria };
}

function characteristic(
  { code, valueCode, valueBoolean }: CharacteristicDto,
  index: number,
): GroupCharacteristic {
  const [value, ...more] = [valueCode, valueBoolean].filter((one) => one !== undefined);
  if (value !== undefined && more.length === 0) return { code, value };
  throw invalidParameter(
    `characteristics[${index}]`,
    'A characteristic has either valueCode or valueBoolean.',
  );
}

/** @throws FhirError 400 for a bound that is neither date nor instant, or an end before its start */
export function termsOf(body: MembersToAdd): MembershipTerms {
  const periodStart = bound(body.periodStart, 'start');
  const periodEnd = bound(body.periodEnd, 'end');
  if (periodStart !== undefined && periodEnd !== undefined && periodEnd < periodStart) {
    throw invalidParameter('periodEnd', 'periodEnd must not lie before periodStart.');
  }
  return { inactive: body.inactive, allowUnknown: body.allowUnknown, periodStart, periodEnd };
}

function bound(text: string | undefined, end: 'start' | 'end'): string | undefined {
  const instant = text === undefined ? undefined : periodBound(text, end);
  if (text === undefined || instant !== undefined) return instant;
  const name = end === 'start' ? 'periodStart' : 'periodEnd';
  throw invalidParameter(
    name,
    `${name} must be a date such as 2026-01-31, or an instant with its zone.`,
  );
}
