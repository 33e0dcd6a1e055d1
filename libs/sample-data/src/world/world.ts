import { type Drug } from '../codes/drugs';
import { type SampleResource } from '../sample-resource';
import { type Fragment } from '../text/json-text';
import { addForms, type Forms } from './forms';
import { addMedications, addVaccineMakers } from './formulary';
import { addInstruments } from './instruments';
import { Register } from './register';
import { type Site } from './site';
import { addInsurer, addSites } from './sites';

/** What patients share, as the charts refer to it. Its size does not depend on their number. */
export interface World {
  readonly resources: readonly SampleResource[];
  readonly sites: readonly Site[];
  readonly laboratory: Fragment;
  /** Pays for everybody. */
  readonly insurer: Fragment;
  readonly vaccineMakers: readonly Fragment[];
  /** Medication of each drug that the formulary holds. */
  readonly medications: ReadonlyMap<Drug, Fragment>;
  readonly instruments: readonly Fragment[];
  readonly forms: Forms;
}

/** The shared resources of a seed: about 300, each before those that refer to it. */
export function buildWorld(seed: number): World {
  const register = new Register(seed);
  const { sites, laboratory } = addSites(register);
  return {
    sites,
    laboratory,
    medications: addMedications(register),
    vaccineMakers: addVaccineMakers(register),
    instruments: addInstruments(register, sites),
    forms: addForms(register),
    insurer: addInsurer(register),
    resources: register.resources,
  };
}
