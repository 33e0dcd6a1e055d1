// Makes the elements of which forms are put together.

/** element('p', { className: 'x' }, child, …) */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const plain = { autocomplete: 'off', spellcheck: false };

export const text = (properties) => element('input', { type: 'text', ...plain, ...properties });

export const area = (properties) => element('textarea', { rows: 3, ...plain, ...properties });

/** An input below its label, with a hint that is read out after it. */
export function field(label, input, hint) {
  const made = element(
    'div',
    { className: 'field' },
    element('label', { htmlFor: input.id }, label),
  );
  made.append(input);
  if (hint) {
    const id = `${input.id}-hint`;
    made.append(element('small', { id }, hint));
    input.setAttribute('aria-describedby', id);
  }
  return made;
}

export function button(label, properties, action) {
  const made = element('button', { type: 'button', className: 'button', ...properties }, label);
  if (action) made.addEventListener('click', action);
  return made;
}

/** A hidden form with one button, which cannot be pressed twice at once. */
export function form(id, label, action, ...children) {
  const submit = element('button', { className: 'button button-main' }, label);
  const made = element('form', { id, hidden: true, noValidate: true }, ...children, submit);
  made.addEventListener('submit', async (event) => {
    event.preventDefault();
    submit.disabled = true;
    await action();
    submit.disabled = false;
  });
  return made;
}

/** A button that copies what `textOf` gives, and says so for a moment. */
export function copyButton(label, textOf) {
  const made = button('Copy', { className: 'button button-small' }, async () => {
    await navigator.clipboard.writeText(textOf());
    made.textContent = 'Copied';
    setTimeout(() => {
      made.textContent = 'Copy';
    }, 2000);
  });
  made.setAttribute('aria-label', `Copy ${label}`);
  return made;
}
