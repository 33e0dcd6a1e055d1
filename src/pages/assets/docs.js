// Starts Swagger UI with the description of this service.
'use strict';

(() => {
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

  async function start() {
    followColourScheme();
    const { document: address, server, demo } = place.dataset;
    const response = await fetch(address);
    if (!response.ok) throw new Error(`the service answered ${response.status}`);
    const spec = adapted(await response.json(), server);
    const places = bulkPlaces(spec);
    const panel = bulkSignIn({ spec, server, demo });
    window.ui = SwaggerUIBundle({
      spec,
      domNode: place,
      presets: [SwaggerUIBundle.presets.apis],
      plugins: [places.plugin, panel.plugin],
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
    panel.open(window.ui);
  }

  start().catch((error) => {
    place.textContent = `The description of the API cannot be shown: ${error.message}.`;
  });
})();
