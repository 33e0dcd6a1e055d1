import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';

import { OFFERED_BY_DEFAULT, RESOURCE_TYPES } from '@app/fhir';

import { ConfigModule, readConfig } from '../config';
import { dataSourceOptions } from '../database';
import { ExtractorRegistry } from './extractor-registry';
import { ExtractorsModule } from './extractors.module';
import { type ResourceExtractor, resourceExtractorToken } from './resource-extractor';

const config = readConfig({
  EMBEDDED: 'true',
  PUBLIC_URL: 'http://localhost',
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
  STORAGE_DIRECTORY: '/nowhere',
});
/** Extractors make queries; none is run here, so that the connection is never opened. */
const unopened = { provide: DataSource, useValue: new DataSource(dataSourceOptions(config)) };

@Global()
@Module({ providers: [unopened], exports: [unopened] })
class UnopenedDatabaseModule {}

const moduleOf = () =>
  Test.createTestingModule({
    imports: [ConfigModule.forRoot(config), UnopenedDatabaseModule, ExtractorsModule],
  });

describe(ExtractorsModule.name, () => {
  it.each(RESOURCE_TYPES)('serves %s from a provider of its own', async (type) => {
    const module = await moduleOf().compile();

    const extractor = module.get<ResourceExtractor>(resourceExtractorToken(type), {
      strict: false,
    });

    expect(extractor.type).toBe(type);
    expect(module.get(ExtractorRegistry, { strict: false }).get(type)).toBe(extractor);
  });

  it('lets an installation replace the extractor of one type', async () => {
    const other: ResourceExtractor = {
      type: 'Patient',
      byDefault: true,
      divisible: false,
      select: () => 'select 1',
    };

    const module = await moduleOf()
      .overrideProvider(resourceExtractorToken('Patient'))
      .useValue(other)
      .compile();

    expect(module.get(ExtractorRegistry, { strict: false }).get('Patient')).toBe(other);
  });

  it('refuses to start with a type missing or served twice', () => {
    expect(() => new ExtractorRegistry([], [])).toThrow('Account');
  });

  it('leaves Binary out of exports that do not name it (DT-05)', async () => {
    const module = await moduleOf().compile();

    const types = module.get(ExtractorRegistry, { strict: false }).defaultTypes();

    expect(types).toStrictEqual(OFFERED_BY_DEFAULT.filter((type) => type !== 'Binary'));
  });
});
