import { Controller, Get, Param, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { AuditLog } from '../../audit';
import { adviceOnEither, type AppPrincipal, BearerGuard, CurrentApp } from '../../auth';
import {
  API_TAGS,
  BEARER_SCHEME,
  DownloadSlots,
  FhirError,
  forbidden,
  notFound,
  preferredType,
} from '../../common';
import { etagOf, opened, recordRead, send } from '../send-stored';
import { BinaryReader, type StoredBinary } from './binary-reader.service';
import { ApiBinary } from './binary.api';

/** Where the attachments of exported resources lead (DT-08, DT-09). */
@ApiTags(API_TAGS.files)
@ApiBearerAuth(BEARER_SCHEME)
@Controller('Binary/:id')
@UseGuards(BearerGuard)
export class BinaryController {
  constructor(
    private readonly reader: BinaryReader,
    private readonly audit: AuditLog,
    private readonly slots: DownloadSlots,
  ) {}

  @Get()
  @ApiBinary()
  async read(
    @Param('id') id: string,
    @Req() request: Request & { readonly id: string },
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    requireScope(app);
    this.slots.take(app.appId, response);
    const binary = await this.reader.find(id, app);
    if (!binary) throw notFound(NO_SUCH_BINARY);
    const mediaType = negotiated(request, binary);
    const asResource = mediaType !== binary.contentType;
    const body =
      request.method === 'HEAD'
        ? undefined
        : await opened(asResource ? binary.resource() : binary.content());
    const by = { appId: app.appId, requestId: request.id };
    await recordRead(this.audit, { action: 'binary.read', ...by, detail: { binary: id } }, body);
    describe(response, binary, mediaType);
    if (body) await send(response, body);
    else response.end();
  }
}

const RESOURCE_TYPES: readonly string[] = [
  'application/fhir+json',
  'application/json',
  'text/json',
  'application/json+fhir',
];

/** The same words whether it does not exist or is not for the app: one must not tell the other. */
const NO_SUCH_BINARY =
  'There is no such Binary, or it belongs to no patient whom this app is licensed to export.';

/**
 * DT-09: the token that exported a document must be able to fetch it, and documents are how content
 * reaches clients (DT-05). A token for other types, though their attachments may lead here, must cover
 * Binary as well: which of a patient's resources has led to a Binary is not recorded.
 */
function requireScope(app: AppPrincipal): void {
  const { allowedTypes } = app;
  if (allowedTypes.has('Binary') || allowedTypes.has('DocumentReference')) return;
  throw forbidden(
    `The access token covers neither Binary nor DocumentReference, one of which is needed. ${adviceOnEither(['Binary', 'DocumentReference'], app)}`,
    ['scope'],
  );
}

/** R4, Binary: as a resource for those who accept FHIR's own formats, otherwise as what it is. */
function negotiated({ headers, originalUrl }: Request, { contentType }: StoredBinary): string {
  const formats = new URL(originalUrl, 'http://localhost').searchParams.getAll('_format');
  const asked = formats.length > 0 ? formats.map(asMediaType) : [headers.accept || '*/*'];
  const chosen = asked.map((range) => preferredType(range, [contentType, ...RESOURCE_TYPES]));
  const [type, ...others] = new Set(chosen);
  if (type !== undefined && others.length === 0) return type;
  throw notAcceptable(formats.length > 0 ? '_format' : 'Accept');
}

/** `_format` has short names, and a plus sign in it that was not encoded is a space (R4 http, 3.1.0.1.11). */
function asMediaType(format: string): string {
  const type = format.replace(/^(\w+\/\w+) /, '$1+');
  return type === 'json' || RESOURCE_TYPES.includes(type) ? 'application/fhir+json' : type;
}

function notAcceptable(parameter: 'Accept' | '_format'): FhirError {
  const example = parameter === 'Accept' ? ' (*/* does)' : '';
  return new FhirError(
    `${parameter} must admit the content type of the Binary${example}, or application/fhir+json for the resource.`,
    { status: 406, code: 'not-supported', expression: [parameter] },
  );
}

function describe(response: Response, binary: StoredBinary, mediaType: string): void {
  response
    .status(200)
    .set('ETag', etagOf(binary))
    .set('Last-Modified', binary.lastUpdated.toUTCString())
    .set('Vary', 'Accept')
    // Whatever it is, a browser must not open it as a page of this server.
    .set('X-Content-Type-Options', 'nosniff')
    .set('Content-Disposition', 'attachment');
  // Not by Express, which would add a charset that nobody has stated.
  response.setHeader('Content-Type', mediaType);
}
