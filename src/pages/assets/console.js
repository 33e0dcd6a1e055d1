/* The operators' page. What it shows is asked of /admin; where one is stands behind the # of the address. */
import { call, session } from './console-api.js';
import { App, Apps, NewApp } from './console-apps.js';
import { Audit, Disclosures } from './console-audit.js';
import { Export } from './console-export.js';
import { Exports } from './console-exports.js';
import { Group, Groups } from './console-groups.js';
import { Overview } from './console-overview.js';
import { Field, Form, Title, useLive } from './console-parts.js';
import { System } from './console-system.js';
import { html, render, useEffect, useState } from './standalone.module.js';

const PAGES = [
  ['Overview', ''],
  ['Exports', 'exports'],
  ['Apps', 'apps'],
  ['Groups', 'groups'],
  ['Audit', 'audit'],
  ['System', 'system'],
];

function pageOf([place = '', id], live) {
  if (place === 'exports') {
    return id ? html`<${Export} key=${id} id=${id} live=${live} />` : html`<${Exports} />`;
  }
  if (place === 'apps' && id === '+') return html`<${NewApp} />`;
  if (place === 'apps') return id ? html`<${App} key=${id} id=${id} />` : html`<${Apps} />`;
  if (place === 'groups') return id ? html`<${Group} key=${id} id=${id} />` : html`<${Groups} />`;
  if (place === 'audit') return html`<${Audit} />`;
  if (place === 'disclosures') return html`<${Disclosures} />`;
  if (place === 'system') return html`<${System} />`;
  return html`<${Overview} live=${live} />`;
}

function placeOf(hash) {
  return hash
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decodeURIComponent);
}

function usePlace() {
  const [place, setPlace] = useState(placeOf(location.hash));
  useEffect(() => {
    const move = () => setPlace(placeOf(location.hash));
    addEventListener('hashchange', move);
    return () => removeEventListener('hashchange', move);
  }, []);
  return place;
}

function Console() {
  const [operator, setOperator] = useState();
  const place = usePlace();
  const end = () => setOperator(null);
  useEffect(() => {
    session.onEnd = end;
    call('GET', 'session').then(setOperator, end);
  }, []);
  const live = useLive(Boolean(operator), () => call('GET', 'session').catch(() => undefined));
  useEffect(() => {
    render(
      operator ? html`<${Nav} operator=${operator} place=${place} onEnd=${end} />` : null,
      nav,
    );
  }, [operator, place]);
  if (operator === undefined) return null;
  if (operator === null) return html`<${SignIn} onDone=${setOperator} />`;
  return html`${live.outage && html`<p class="problem" role="alert">${live.outage}</p>`}${pageOf(place, live)}`;
}

function Nav({ operator, place: [place = ''], onEnd }) {
  const signOut = () => call('DELETE', 'session').then(onEnd, onEnd);
  return html`<nav aria-label="Console" class="console-nav">
    ${PAGES.map(
      ([text, name]) =>
        html`<a href="#/${name}" aria-current=${place === name ? 'page' : undefined}>${text}</a>`,
    )}
    <span class="who">
      ${operator.name}<button class="link" onClick=${signOut}>Sign out</button>
    </span>
  </nav>`;
}

function SignIn({ onDone }) {
  return html`<div class="sign-in">
    <${Title} title="Operators’ console" />
    <${Form} submit=${(fields) => call('POST', 'session', fields)} onDone=${onDone} text="Sign in">
      <${Field} label="Your name" hint="Put on record with everything that you do.">
        <input name="name" required maxlength="64" autocomplete="username" />
      <//>
      <${Field} label="Operators’ token" hint="ADMIN_TOKEN of this service.">
        <input name="token" type="password" required autocomplete="current-password" />
      <//>
    <//>
  </div>`;
}

const nav = document.getElementById('console-nav');
render(html`<${Console} />`, document.getElementById('console'));
