import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import { API_TAGS, BEARER_SCHEME, OPERATOR_SCHEME, SOFTWARE } from '../common';
import type { Config } from '../config';
import { CRITERIA_SCHEMA } from '../groups';
import { withCommonAnswers } from './common-answers';
import { description } from './description';
import { OPERATION_OUTCOME } from './operation-outcome.schema';

const TAGS: readonly (readonly [name: string, description: string])[] = [
  [API_TAGS.discovery, 'What the server can do and where tokens come from. Needs no token.'],
  [API_TAGS.token, 'Steps 1 and 2: an app proves who it is and gets a token for five minutes.'],
  [API_TAGS.groups, 'Step 3: find the group to export.'],
  [API_TAGS.export, 'Steps 4, 5 and 7: start an export, ask how far it is, delete it.'],
  [API_TAGS.files, 'Step 6: download the files, as often as wanted until they expire.'],
];

const OPERATORS_TAGS: typeof TAGS = [
  [
    API_TAGS.operatorApps,
    'Who may export what. Beside the FHIR base, for operators with ADMIN_TOKEN; never published.',
  ],
  [
    API_TAGS.operatorGroups,
    'What apps export: patient lists and segments. For operators with ADMIN_TOKEN; never published.',
  ],
];

/** The OpenAPI document of what is served: operators' routes only while there is ADMIN_TOKEN. */
export function openApiDocument(app: NestExpressApplication, config: Config): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle(SOFTWARE.name)
    .setVersion(SOFTWARE.version)
    .setDescription(description(config.http.fhirBase))
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(config.http.publicUrl)
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: SCHEME_DESCRIPTION },
      BEARER_SCHEME,
    );
  for (const [name, text] of TAGS) builder.addTag(name, text);
  if (config.admin.token !== undefined) describeOperators(builder);
  const base = builder.build();
  const schemas = { OperationOutcome: OPERATION_OUTCOME, SegmentCriteria: CRITERIA_SCHEMA };
  const document = SwaggerModule.createDocument(app, {
    ...base,
    components: { ...base.components, schemas },
  });
  const whole = withCommonAnswers(document);
  return config.admin.token === undefined ? withoutOperators(whole) : whole;
}

function describeOperators(builder: DocumentBuilder): void {
  for (const [name, text] of OPERATORS_TAGS) builder.addTag(name, text);
  builder.addBearerAuth(
    { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN of this service.' },
    OPERATOR_SCHEME,
  );
}

/** Neither their routes, nor their credential where apps have one of their own. */
function withoutOperators(document: OpenAPIObject): OpenAPIObject {
  const paths = Object.entries(document.paths).filter(([path]) => !path.startsWith('/admin/'));
  for (const { post } of paths.map(([, item]) => item)) {
    if (post) post.security = post.security?.filter((way) => !(OPERATOR_SCHEME in way));
  }
  return { ...document, paths: Object.fromEntries(paths) };
}

const SCHEME_DESCRIPTION =
  'An access token from the token endpoint. The panel at the top of the page gets one for you.';
