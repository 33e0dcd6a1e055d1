// Knows what the path parameters stand for in addresses: takes job and file over from the last answer,
// and understands whole addresses where a parameter is asked for.

export function bulkPlaces(spec) {
  const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  /** Ids are of something: a Group's is no Binary's. Other names mean the same in all paths. */
  const keyOf = (path, name) => (name === 'id' ? path.slice(0, path.indexOf('{id}')) : name);
  const templates = Object.keys(spec.paths).map((path) => ({
    path,
    keys: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => keyOf(path, name)),
    pattern: new RegExp(
      `${path
        .split(/\{\w+\}/)
        .map(escaped)
        .join('([^/]+)')}/?$`,
    ),
  }));

  /** key → value, of every template that the address fits; empty for what is no address. */
  function valuesIn(text) {
    if (typeof text !== 'string' || !/^(https?:)?\/\S*$/.test(text.trim())) return new Map();
    const { pathname } = new URL(text.trim(), location.href);
    return new Map(
      templates.flatMap(({ keys, pattern }) => {
        const [, ...values] = pattern.exec(pathname) ?? [];
        return values.map((value, index) => [keys[index], decodeURIComponent(value)]);
      }),
    );
  }

  /** Fills the values in, in every operation that asks for them. */
  function fillIn(values) {
    if (values.size === 0) return;
    const { specSelectors, specActions } = window.ui;
    for (const { path } of templates) {
      for (const method of Object.keys(spec.paths[path])) {
        const at = ['paths', path, method];
        const operation =
          specSelectors.specResolvedSubtree(at) ?? specSelectors.specJson().getIn(at);
        for (const parameter of operation.get('parameters', [])) {
          const value = values.get(keyOf(path, parameter.get('name')));
          if (parameter.get('in') !== 'path' || value === undefined) continue;
          specActions.changeParamByIdentity([path, method], parameter, value);
        }
      }
    }
  }

  /** The addresses in an answer, the first of each kind: of the job, of a file, of a page. */
  function addressesIn({ headers = {}, obj }) {
    return [headers['content-location'], obj?.output?.[0]?.url, obj?.link?.[0]?.url];
  }

  /** To be told of every answer; gives it back. */
  function learn(response) {
    const [job, ...others] = addressesIn(response).map(valuesIn);
    // The files of another job are not of this one.
    if (job.size > 0) job.set('file', '').set('page', '1');
    fillIn(new Map([...job, ...others.flatMap((values) => [...values])]));
    return response;
  }

  /** What people type into a field: an address becomes what the field asks for, and fills others. */
  const typed =
    (change) =>
    (operation, parameter, value, ...more) => {
      const values = valuesIn(value);
      const own = values.get(keyOf(operation[0], parameter.get('name')));
      if (parameter.get('in') !== 'path' || own === undefined) {
        return change(operation, parameter, value, ...more);
      }
      fillIn(values);
      return change(operation, parameter, own, ...more);
    };

  const plugin = { statePlugins: { spec: { wrapActions: { changeParamByIdentity: typed } } } };

  return { plugin, learn };
}
