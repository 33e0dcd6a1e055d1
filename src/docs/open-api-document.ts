import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import { API_TAGS, BEARER_SCHEME, OPERATOR_SCHEME, SOFTWARE } from '../common';
import type { Config } from '../config';
import { manifestSchema } from '../export-jobs';
import { CRITERIA_SCHEMA } from '../groups';
import { withCommonAnswers } from './common-answers';
import { ofDeployment } from './deployment';
import { description } from './description';
import { OPERATION_OUTCOME } from './operation-outcome.schema';
import { withTypedPaths } from './typed-paths';

type Tag = readonly [name: string, description: string];

/** The chapters, in the order of the work. */
function tagsOf({ auth, admin }: Config): readonly Tag[] {
  return [
    [API_TAGS.discovery, 'What the server can do and where tokens come from. Needs no token.'],
    [API_TAGS.token, auth.issuesTokens ? OWN_TOKENS : FOREIGN_TOKENS],
    [API_TAGS.groups, 'Step 3: find the group to export.'],
    [API_TAGS.export, 'Steps 4, 5 and 7: start an export, ask how far it is, delete it.'],
    [API_TAGS.files, 'Step 6: download the files, as often as wanted until they expire.'],
    [
      API_TAGS.feeds,
      'For apps that bring data in: send changes in batches, and ask how far they are.',
    ],
    ...(admin.token === undefined ? [] : OPERATORS_TAGS),
  ];
}

const OWN_TOKENS = 'Steps 1 and 2: an app proves who it is and gets a token for some minutes.';
const FOREIGN_TOKENS =
  'Checks of tokens, and the keys of this service. Steps 1 and 2 are taken elsewhere: discovery says where tokens come from.';

const OPERATORS_TAGS: readonly Tag[] = [
  [
    API_TAGS.operatorApps,
    'Who may export what. Beside the FHIR base, for operators with ADMIN_TOKEN; never published.',
  ],
  [
    API_TAGS.operatorGroups,
    'What apps export: patient lists and segments. For operators with ADMIN_TOKEN; never published.',
  ],
  [
    API_TAGS.operatorExports,
    'What runs, waits and is kept, of all apps, and what can be done to it. For operators with ADMIN_TOKEN; never published.',
  ],
];

/** The OpenAPI document of what this deployment serves: no route that its settings have switched off. */
export function openApiDocument(app: NestExpressApplication, config: Config): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle(SOFTWARE.name)
    .setVersion(SOFTWARE.version)
    .setDescription(description(config))
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(config.http.publicUrl);
  for (const [name, text] of tagsOf(config)) builder.addTag(name, text);
  addSchemes(builder, config);
  const base = builder.build();
  const schemas = {
    OperationOutcome: OPERATION_OUTCOME,
    SegmentCriteria: CRITERIA_SCHEMA,
    Manifest: manifestSchema(config.export.bulkDataVersion),
  };
  const document = SwaggerModule.createDocument(app, {
    ...base,
    components: { ...base.components, schemas },
  });
  const typed = withTypedPaths(document, config.resourceTypes);
  return ofDeployment(withCommonAnswers(typed), config);
}

function addSchemes(builder: DocumentBuilder, { auth, admin }: Config): void {
  const source = auth.issuesTokens ? OWN_TOKEN : FOREIGN_TOKEN;
  builder.addBearerAuth(
    { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: source },
    BEARER_SCHEME,
  );
  if (admin.token === undefined) return;
  builder.addBearerAuth(
    { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN of this service.' },
    OPERATOR_SCHEME,
  );
}

const OWN_TOKEN =
  'An access token from the token endpoint. The panel at the top of the page gets one for you.';
const FOREIGN_TOKEN =
  'An access token from the token endpoint that discovery names. The panel at the top of the page takes it.';
