import { nameKey } from './name-key';

describe('nameKey', () => {
  it.each([
    ['Grippe à risque', 'grippe a risque'],
    ['  Dr. Müller—Ward  7 ', 'dr muller ward 7'],
    ['ΆΛΦΑ', 'αλφα'],
    ['Ｆｕｌｌ', 'full'],
    ['!?', ''],
  ])('folds case, accents and punctuation of %j', (name, key) => {
    expect(nameKey(name)).toBe(key);
  });
});
