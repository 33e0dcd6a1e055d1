import { Controller, Inject, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { type AppPrincipal, BearerGuard, CurrentApp } from '../../auth';
import {
  API_TAGS,
  BEARER_SCHEME,
  FhirError,
  fhirMediaType,
  isXml,
  readBody,
  requireJson,
} from '../../common';
import { type Config, CONFIG } from '../../config';
import { answerText } from './bundle-answer';
import { BundleWriter } from './bundle-writer.service';
import { readSentBundle } from './read-bundle';
import { preferredReturn } from './write-answer';
import { WriteAuthority } from './write-authority.service';
import { ApiPostBundle } from './writes.api';

type TracedRequest = Request & { readonly id: string };

/** Transactions and batches of writes, at the FHIR base itself. */
@ApiTags(API_TAGS.feeds)
@ApiBearerAuth(BEARER_SCHEME)
@Controller()
@UseGuards(BearerGuard)
export class BundlesController {
  constructor(
    private readonly writer: BundleWriter,
    private readonly authority: WriteAuthority,
    @Inject(CONFIG) private readonly config: Pick<Config, 'feeds'>,
  ) {}

  @Post()
  @ApiPostBundle()
  async post(
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    await this.authority.requireAny(app, request.id);
    requireJson(request);
    if (isXml(fhirMediaType(request))) throw onlyJson();
    const { resourceMaxBytes, bundleMaxEntries } = this.config.feeds;
    const bundle = readSentBundle(await readBody(request, resourceMaxBytes), bundleMaxEntries);
    const terms = { app, requestId: request.id, prefers: preferredReturn(request) };
    const entries = await this.writer.write(bundle, terms);
    response.status(200).type('application/fhir+json').end(answerText(bundle.type, entries));
  }
}

function onlyJson(): FhirError {
  return new FhirError('Transactions and batches are answered in JSON only.', {
    ...{ status: 406, code: 'not-supported', expression: ['Accept'] },
  });
}
