import type { App } from './app';

/** What operators should know of an app, a sentence each; none for most apps. */
export function appNotes(app: Pick<App, 'type' | 'licence' | 'notes'>): readonly string[] {
  return [...(app.notes ?? []), ...licenceNotes(app)];
}

function licenceNotes({ type, licence }: Pick<App, 'type' | 'licence'>): readonly string[] {
  const { allGroups, resourceTypes } = licence;
  if (type !== 'system' || resourceTypes === undefined) return [];
  return [
    ...(resourceTypes.includes('Group') ? [] : [WITHOUT_GROUP]),
    ...(allGroups && !resourceTypes.includes('Patient') ? [WITHOUT_PATIENT] : []),
  ];
}

const WITHOUT_GROUP =
  'The licence leaves out Group: the app can export its groups by their ids, without the Group resource, but can neither read nor search [base]/Group.';

const WITHOUT_PATIENT =
  'The licence leaves out Patient: the app cannot use Patient/$export, which needs it.';
