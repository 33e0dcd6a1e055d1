import { tokenEndpointOf } from '../auth';
import type { Config } from '../config';

/** The walk from registration to deletion, with commands that work as they stand at this deployment. */
export function description(config: Config): string {
  const { fhirBase } = config.http;
  return `
Exports everything about the patients of a group, as NDJSON files of FHIR R4 resources, in the
background: [FHIR Bulk Data Access](https://hl7.org/fhir/uv/bulkdata/) with
[SMART Backend Services](https://hl7.org/fhir/smart-app-launch/backend-services.html), for apps of
the type **System**. The FHIR base is \`${fhirBase}\`.

<details>
<summary>Good to know, and the whole way in a terminal</summary>

Every failure is an OperationOutcome that says what to do (at the token endpoint: an OAuth error).
Answers are JSON; \`Accept: application/fhir+xml\` or \`_format=xml\` asks for XML, in which the manifest
of an export is a Parameters resource. Files are NDJSON always.

### 1. Register the app

Make a key pair, and give the public half to the operator, who registers the app for its groups${config.auth.issuesTokens ? '' : UNDER_ITS_ID}:

\`\`\`sh
${MAKE_KEYS}
npm run apps -- register --id my-app --name "My app" --jwks public.jwks.json --group INF-101
\`\`\`

### 2. Get a token

Sign an assertion with the private key, and trade it for a token. It lives for ${lifetime(config)}; get a
new one whenever a request answers 401.

\`\`\`sh
BASE=${fhirBase}
TOKEN_URL=${tokenEndpointOf(config)}
ASSERTION=$(CLIENT_ID=my-app TOKEN_URL=$TOKEN_URL node -e "${MAKE_ASSERTION}")

TOKEN=$(curl -s $TOKEN_URL \\
  -d grant_type=client_credentials -d 'scope=system/*.rs' \\
  -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \\
  -d client_assertion=$ASSERTION | node -p 'JSON.parse(fs.readFileSync(0)).access_token')
\`\`\`

### 3. Find the group

\`\`\`sh
curl -H "Authorization: Bearer $TOKEN" "$BASE/Group?name=infl"
\`\`\`

### 4. Start the export

The answer is \`202 Accepted\`; its \`Content-Location\` is the address of the job.

\`\`\`sh
JOB=$(curl -s${method(config)} -D - -o /dev/null "$BASE/Group/INF-101/\\$export" \\
  -H "Authorization: Bearer $TOKEN" -H "Accept: application/fhir+json" -H "Prefer: respond-async" |
  awk 'tolower($1) == "content-location:" { print $2 }' | tr -d '\\r')
\`\`\`

### 5. Ask how far it is

\`202\` with \`X-Progress\` while it runs: wait the seconds of \`Retry-After\`, or the answer is \`429\`.
\`200\` with the manifest, the list of files, when it is done; \`Expires\` says until when they stay.

\`\`\`sh
curl -i -H "Authorization: Bearer $TOKEN" "$JOB"
\`\`\`

### 6. Download the files

Each \`url\` of the manifest is one file of one resource type, a resource on each line.

\`\`\`sh
curl --compressed -OJ${credential(config)} "URL FROM THE MANIFEST"
\`\`\`

### 7. Delete the export

Stops it while it runs, and removes its files at once.

\`\`\`sh
curl -i -X DELETE -H "Authorization: Bearer $TOKEN" "$JOB"
\`\`\`

</details>
`.trim();
}

const UNDER_ITS_ID = ' under the client id that the authorisation server knows it by';

function lifetime({ auth }: Config): string {
  return auth.issuesTokens ? `${auth.tokenLifetime} seconds` : 'some minutes';
}

/** 3.0 has kick-offs by GET as well, which is what curl does. */
function method(config: Config): string {
  return config.export.bulkDataVersion === '3.0' ? '' : ' -X POST';
}

/** Storages that sign their URLs refuse a token beside the signature. */
function credential({ storage }: Config): string {
  const isSigned = storage.driver === 's3' && storage.presignedDownloads;
  return isSigned ? '' : ' -H "Authorization: Bearer $TOKEN"';
}

const MAKE_KEYS = `node -e "
  const asJwk = { publicKeyEncoding: { format: 'jwk' }, privateKeyEncoding: { format: 'jwk' } };
  const { privateKey: key } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-384', ...asJwk });
  const jwk = { kid: 'key-1', alg: 'ES384', use: 'sig', ...key };
  fs.writeFileSync('private.jwk.json', JSON.stringify(jwk), { mode: 0o600 });
  delete jwk.d;
  fs.writeFileSync('public.jwks.json', JSON.stringify({ keys: [jwk] }));"`;

const MAKE_ASSERTION = `
  const { CLIENT_ID: id, TOKEN_URL: aud } = process.env;
  const jwk = JSON.parse(fs.readFileSync('private.jwk.json'));
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 240;
  const text = part({ alg: jwk.alg, kid: jwk.kid, typ: 'JWT' }) + '.' +
    part({ iss: id, sub: id, aud, exp, jti: crypto.randomUUID() });
  const key = { key: crypto.createPrivateKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  console.log(text + '.' + crypto.sign('sha384', text, key).toString('base64url'));`;
