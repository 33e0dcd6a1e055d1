const MESSAGE = "Ask the service's clock, or measure with performance.now().";

const POSTGRESQL_CLOCK =
  /(?<!service\.)\bnow\(\)|\b(?:clock|statement|transaction)_timestamp\b|\bcurrent_timestamp\b/i;

/** Refuses the clocks of hosts, and those of PostgreSQL in statements. */
const one = {
  create(context) {
    const refuse = (node) => context.report({ node, message: MESSAGE });
    const refuseStatement = (node, text) => POSTGRESQL_CLOCK.test(text) && refuse(node);
    return {
      'MemberExpression[object.name="Date"][property.name="now"]': refuse,
      'NewExpression[callee.name="Date"][arguments.length=0]': refuse,
      TemplateElement: (node) => refuseStatement(node, node.value.raw),
      Literal: (node) => typeof node.value === 'string' && refuseStatement(node, node.value),
    };
  },
};

export default { meta: { name: 'clock' }, rules: { one } };
