import type { Preferences } from '../../common';

/**
 * What Preference-Applied says (HD-08): of the preferences of a kick-off those that are honoured.
 * `respond-async` is named along with `separate-export-status`, as the standard spells it (KR-06).
 */
export function appliedPreferences(preferences: Preferences): readonly string[] {
  const separate = preferences.has('separate-export-status');
  const handling = preferences.get('handling')?.toLowerCase();
  return [
    ...(preferences.has('respond-async') || separate ? ['respond-async'] : []),
    ...(handling === 'lenient' || handling === 'strict' ? [`handling=${handling}`] : []),
    ...(separate ? ['separate-export-status'] : []),
  ];
}
