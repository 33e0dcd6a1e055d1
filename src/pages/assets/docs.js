// Starts Swagger UI with the description of this service.
import { bulkPlaces } from './places.js';
import { signInPanel } from './sign-in.js';

const SCHEME = 'bearer';
const place = document.querySelector('#swagger-ui');

/** Swagger UI has a dark look of its own, which a class switches on. */
function followColourScheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', follow);
  follow();
}

/**
 * Swagger UI fills in every example. Of what may be left out, only defaults are: an example would make
 * another request of it. It is told in the description instead.
 */
function withoutExamples(parameter) {
  if (parameter.required) return parameter;
  const { example, examples, schema = {}, ...rest } = parameter;
  const { example: inSchema, ...bare } = schema;
  const shown = example ?? inSchema;
  const text = Array.isArray(shown) ? shown.join() : shown;
  const hint = text === undefined ? '' : `\n\nExample: \`${text}\``;
  return { ...rest, schema: bare, description: `${parameter.description ?? ''}${hint}` };
}

/** The description as this page works with it: at the address that the page itself has. */
function adapted(spec, server) {
  for (const operations of Object.values(spec.paths)) {
    for (const operation of Object.values(operations)) {
      operation.parameters = operation.parameters?.map(withoutExamples);
    }
  }
  return { ...spec, servers: [{ url: server }] };
}

function pathsOf(spec, server) {
  const root = server.replace(/\/$/, '');
  const pathTo = (end) => {
    const found = Object.keys(spec.paths).find((path) => path.endsWith(end));
    return found && root + found;
  };
  return {
    discovery: pathTo('/.well-known/smart-configuration'),
    tokenPath: pathTo('/auth/token'),
  };
}

function authorize(signedIn) {
  if (signedIn) window.ui.preauthorizeApiKey(SCHEME, signedIn.token);
  else window.ui.authActions.logout([SCHEME]);
}

/** Puts the panel below the name of the API, into an element that React leaves alone. */
function asPlugin(panel) {
  return {
    wrapComponents: {
      InfoContainer:
        (Original, { React }) =>
        (properties) =>
          React.createElement(
            'div',
            {},
            React.createElement(Original, properties),
            React.createElement('div', { ref: (host) => host?.append(panel) }),
          ),
      // There is one server: the one that the page is from.
      ServersContainer: () => () => null,
    },
  };
}

async function start() {
  followColourScheme();
  const { document: address, server, demo } = place.dataset;
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the service answered ${response.status}`);
  const spec = adapted(await response.json(), server);
  const places = bulkPlaces(spec);
  const signIn = signInPanel({ ...pathsOf(spec, server), demo, onChange: authorize });
  window.ui = SwaggerUIBundle({
    spec,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [places.plugin, asPlugin(signIn.panel)],
    responseInterceptor: places.learn,
    deepLinking: true,
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    docExpansion: 'list',
    // A token on this page is gone when the page is.
    persistAuthorization: false,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
  signIn.open();
}

start().catch((error) => {
  place.textContent = `The description of the API cannot be shown: ${error.message}.`;
});
