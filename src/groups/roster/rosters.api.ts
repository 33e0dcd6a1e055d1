import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiResponse,
} from '@nestjs/swagger';

import { ApiOutcomes } from '../../common';

const GROUP = {
  resourceType: 'Group',
  type: 'person',
  actual: true,
  name: 'Study 42',
  member: [
    { entity: { identifier: { system: 'urn:example:ehr:mrn', value: 'MRN-7' } } },
    { entity: { reference: 'Patient/pat-1' }, period: { start: '2026-10-01' } },
  ],
};

const PARAMETERS = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'memberId', valueIdentifier: { system: 'urn:example:ehr:mrn', value: 'MRN-7' } },
  ],
};

const ETAG = { ETag: { description: 'The version.', schema: { type: 'string' as const } } };

export function ApiCreateRoster(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Make a group',
      description:
        'For apps that are licensed to keep groups, with system/Group.c. Members are named by reference or by identifier, or found by the searches of `member-filter` extensions; who they are is found at each export, among those whom the app may choose.',
    }),
    ApiGroupBody(),
    ApiResponse({
      status: 201,
      description:
        'The group is there, and may be exported. Prefer: return=representation gives it back.',
      headers: {
        ...ETAG,
        Location: { description: 'Its URL.', schema: { type: 'string' as const } },
      },
    }),
    ApiRefusals(),
  );
}

export function ApiReplaceRoster(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Replace a group that the app keeps',
      description: 'Name and members, or filters, with system/Group.u.',
    }),
    ApiOfRoster(),
    ApiGroupBody(),
    ApiResponse({ status: 200, description: 'As it was sent.', headers: ETAG }),
    ApiRefusals(),
  );
}

export function ApiDeleteRoster(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Delete a group that the app keeps',
      description: 'With system/Group.d.',
    }),
    ApiOfRoster(),
    ApiResponse({ status: 204, description: 'It is gone; exports that have begun go on.' }),
    ApiOutcomes({ 400: 'A condition is none.', 401: NO_TOKEN, 403: NOT_LICENSED }),
  );
}

export function ApiAddMembers(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Add members to a group that the app keeps',
      description:
        'One or many by Parameters, as in Da Vinci ATR; or a roster of any length as CSV or NDJSON. With system/Group.u.',
    }),
    ApiOfMembers(),
  );
}

export function ApiRemoveMembers(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Remove members from a group that the app keeps',
      description: 'As $member-add.',
    }),
    ApiOfMembers(),
  );
}

function ApiOfMembers(): MethodDecorator {
  return applyDecorators(
    ApiOfRoster(),
    ApiConsumes('application/fhir+json', 'text/csv', 'application/fhir+ndjson'),
    ApiBody({ schema: { type: 'object', example: PARAMETERS } }),
    ApiResponse({
      status: 200,
      description: 'An OperationOutcome that counts what was added and ended.',
      headers: ETAG,
    }),
    ApiRefusals(),
  );
}

function ApiGroupBody(): MethodDecorator {
  return applyDecorators(
    ApiConsumes('application/fhir+json'),
    ApiBody({ schema: { type: 'object', example: GROUP } }),
  );
}

function ApiOfRoster(): MethodDecorator {
  return applyDecorators(
    ApiParam({ name: 'id', description: 'Logical id of the group.', example: 'f2a1' }),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'Only if this is its version, such as W/"3".',
      schema: { type: 'string' },
    }),
    ApiOutcomes({
      404: 'The app keeps no such group.',
      412: 'The group has another version than If-Match expects.',
    }),
  );
}

const NO_TOKEN = 'The access token is missing, expired or not valid.';
const NOT_LICENSED = 'The app is not licensed to keep groups, or the token does not let it.';

function ApiRefusals(): MethodDecorator {
  return ApiOutcomes({
    400: 'Something is missing or not accepted; the issue names the place.',
    401: NO_TOKEN,
    403: NOT_LICENSED,
    413: 'The body is too large.',
    415: 'The body is neither JSON, CSV nor NDJSON, or it is packed.',
    422: 'One group, or one member, more than the licence lets the app have.',
  });
}
