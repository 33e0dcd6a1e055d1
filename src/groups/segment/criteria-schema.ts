import { CLINICAL_STATUSES, GENDERS, PRACTITIONER_TIES } from './criteria';

/** Where schemas of the API's description lie, and where this one refers to itself. */
export const CRITERIA_SCHEMA_ID = '#/components/schemas/SegmentCriteria';

const MAX_CODES = 500;
const MAX_AGE = 150;
const MAX_DAYS = 36_525;
const MAX_CHARACTERS = 1000;

const CRITERION = { $ref: CRITERIA_SCHEMA_ID };
const CRITERIA = { type: 'array', minItems: 1, maxItems: MAX_CODES, items: CRITERION };

/** PostgreSQL has no text with NUL. */
const TEXT = {
  type: 'string',
  maxLength: MAX_CHARACTERS,
  pattern: String.raw`^[^\u0000]*$`,
  description: 'must be a text',
};

const wholeNumber = (minimum: number, maximum: number): object => ({
  type: 'integer',
  minimum,
  maximum,
  description: `must be a whole number from ${minimum} to ${maximum}`,
});

const oneOrMore = (one: object): object => ({
  oneOf: [one, { type: 'array', minItems: 1, maxItems: MAX_CODES, items: one }],
});

const codes = (allowed: readonly string[]): object =>
  oneOrMore({
    type: 'string',
    enum: [...allowed],
    description: `must be one of ${allowed.join(', ')}`,
  });

const members = (properties: object, required: readonly string[] = []): object => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required: [...required] }),
  additionalProperties: false,
});

/** The criteria by name, in the order in which they are told. */
const CRITERIA_BY_NAME = {
  and: CRITERIA,
  or: CRITERIA,
  not: CRITERION,
  everyone: { type: 'boolean', enum: [true], description: 'must be true' },
  age: members({ min: wholeNumber(0, MAX_AGE), max: wholeNumber(0, MAX_AGE) }),
  gender: codes(GENDERS),
  deceased: { type: 'boolean', description: 'must be true or false' },
  condition: members(
    {
      code: oneOrMore({
        allOf: [
          TEXT,
          {
            type: 'string',
            pattern: String.raw`^[^\s|]+\|\S(.*\S)?$`,
            description: 'must be system|code, such as http://snomed.info/sct|73211009',
          },
        ],
      }),
      clinicalStatus: codes(CLINICAL_STATUSES),
    },
    ['code'],
  ),
  encounter: {
    ...members({ since: TEXT, withinDays: wholeNumber(1, MAX_DAYS) }),
    minProperties: 1,
    maxProperties: 1,
    description: 'needs either since or withinDays',
  },
  practitioner: members(
    {
      reference: {
        type: 'string',
        pattern: String.raw`^Practitioner(Role)?/[A-Za-z0-9.-]{1,64}$`,
        description: 'must be Practitioner/[id] or PractitionerRole/[id]',
      },
      as: codes(PRACTITIONER_TIES),
    },
    ['reference'],
  ),
};

/**
 * The criteria of a segment as JSON: a criterion is an object with exactly one member. OpenAPI 3.0 reads
 * it, and so does JSON Schema 2020-12. What is wrong with a value is told by the `description` of its
 * place.
 */
export const CRITERIA_SCHEMA = {
  ...members(CRITERIA_BY_NAME),
  minProperties: 1,
  maxProperties: 1,
};

export const CRITERION_NAMES = Object.keys(CRITERIA_BY_NAME);
