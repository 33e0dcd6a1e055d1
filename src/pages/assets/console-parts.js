import { root } from './console-api.js';
import { html, useEffect, useRef, useState } from './standalone.module.js';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function bytes(count) {
  if (count === undefined || count === null) return '–';
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  const value = count / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}

export function duration(seconds) {
  if (seconds === undefined || seconds === null) return '–';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 172_800)
    return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} days`;
}

export const counted = (count, one, many = `${one}s`) =>
  `${number(count)} ${count === 1 ? one : many}`;

export const number = (value) => (value === undefined ? '–' : value.toLocaleString('en-US'));

export function Time({ at }) {
  if (!at) return html`<span class="soft">–</span>`;
  const date = new Date(at);
  const text = date.toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });
  return html`<time datetime=${date.toISOString()} class="nowrap">${text}</time>`;
}

const KINDS = {
  completed: 'good',
  up: 'good',
  enabled: 'good',
  refused: 'bad',
  failed: 'bad',
  down: 'bad',
  running: 'busy',
  planning: 'busy',
};

export function Badge({ state }) {
  return html`<span class="state" data-kind=${KINDS[state] ?? 'quiet'}>${state}</span>`;
}

export function Progress({ percent, label }) {
  return html`<span class="progress">
    <progress max="100" value=${percent} aria-label=${label}></progress><span>${percent} %</span>
  </span>`;
}

export function Problem({ error }) {
  return error ? html`<p class="problem" role="alert">${error.message}</p>` : null;
}

export function Empty({ children }) {
  return html`<p class="empty">${children}</p>`;
}

/** A table that scrolls within itself on narrow screens. `columns` are headings; an empty one is for pictures. */
export function Table({ label, columns, rows }) {
  const heading = (column) => {
    const { text = column, end } = typeof column === 'object' ? column : {};
    return html`<th scope="col" class=${end ? 'end' : ''}>${text}</th>`;
  };
  return html`<div class="scroller" tabindex="0" role="region" aria-label=${label}>
    <table>
      <thead>
        <tr>
          ${columns.map(heading)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

export function Title({ title, back, children }) {
  const heading = useRef();
  useEffect(() => {
    document.title = `${title} · Console`;
    heading.current.focus();
  }, [title]);
  return html`<header class="title">
    <div>
      ${back && html`<a class="back" href=${back.href}>${back.text}</a>`}
      <h1 tabindex="-1" ref=${heading}>${title}</h1>
    </div>
    <div class="actions">${children}</div>
  </header>`;
}

/** What `load` gives, loaded anew when `key` changes; answers that come late are dropped. */
export function useLoaded(load, key) {
  const [state, setState] = useState({});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isWanted = true;
    load().then(
      (data) => isWanted && setState({ data, key }),
      (error) => isWanted && setState((before) => ({ ...before, error })),
    );
    return () => {
      isWanted = false;
    };
  }, [key, turn]);
  return { ...state, reload: () => setTurn((before) => before + 1) };
}

/** The last overview, and what keeps it from being the present; while somebody is signed in. */
export function useLive(isOn, onEnd) {
  const [live, setLive] = useState({});
  useEffect(() => {
    if (!isOn) return undefined;
    const source = new EventSource(`${root}/admin/events`);
    source.addEventListener('overview', ({ data }) => setLive({ overview: JSON.parse(data) }));
    source.addEventListener('outage', ({ data }) =>
      setLive(({ overview }) => ({ overview, outage: data })),
    );
    source.addEventListener('error', () => {
      // A browser gives up on what is refused, and tries again after everything else.
      if (source.readyState === EventSource.CLOSED) onEnd();
    });
    return () => source.close();
  }, [isOn]);
  return live;
}

/**
 * A button that asks before it acts. Shows what went wrong in the question, and tells `onDone` otherwise.
 */
export function Confirmed({ text, question, kind = '', act, onDone }) {
  const dialog = useRef();
  const [error, setError] = useState();
  const [isBusy, setBusy] = useState(false);
  const confirm = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const answer = await act();
      dialog.current.close();
      onDone(answer);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  const open = () => {
    setError(undefined);
    dialog.current.showModal();
  };
  return html`<button class="button ${kind}" onClick=${open}>${text}</button>
    <dialog ref=${dialog} aria-label=${text}>
      <form onSubmit=${confirm}>
        <h2>${text}?</h2>
        <p>${question}</p>
        <${Problem} error=${error} />
        <div class="actions">
          <button class="button" type="button" onClick=${() => dialog.current.close()}>Back</button>
          <button class="button button-main" disabled=${isBusy}>${text}</button>
        </div>
      </form>
    </dialog>`;
}

export function Field({ label, hint, children }) {
  return html`<label class="field">
    <span>${label}</span>${children}${hint && html`<small>${hint}</small>`}
  </label>`;
}

/** A form that hands its fields over by name, and shows what is wrong with them. */
export function Form({ submit, onDone, text, children, className = 'form' }) {
  const [error, setError] = useState();
  const [isBusy, setBusy] = useState(false);
  const send = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    setError(undefined);
    try {
      onDone(await submit(Object.fromEntries(new FormData(form)), form));
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return html`<form class=${className} onSubmit=${send}>
    ${children}
    <${Problem} error=${error} />
    <div class="actions">
      <button class="button button-main" disabled=${isBusy}>${text}</button>
    </div>
  </form>`;
}
