import { html } from './html';

describe('html', () => {
  it('escapes values, between tags and in attributes', () => {
    const { text } = html`<a title="${`"'&`}">${'<b>'}</a>`;

    expect(text).toBe('<a title="&quot;&#39;&amp;">&lt;b&gt;</a>');
  });

  it('takes over what is HTML already, one piece or several', () => {
    const items = ['a', '<'].map((item) => html`<i>${item}</i>`);

    expect(html`${items}${html`<hr />`}`.text).toBe('<i>a</i><i>&lt;</i><hr />');
  });
});
