import 'reflect-metadata';
import type { DynamicModule, INestApplicationContext, ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';

import {
  type CommandConfig,
  type CommandNeed,
  processEnvironment,
  readCommandConfig,
} from '../config';
import { CliModule } from './cli.module';

/** What a command uses. */
export interface Use extends Pick<ModuleMetadata, 'imports' | 'providers'> {
  /** Settings beside the database's. */
  readonly needs?: readonly CommandNeed[];
}

/** The services of a command. */
export type Services = Pick<INestApplicationContext, 'get'>;

/**
 * Runs an action with services, on an application that is closed in any case.
 *
 * @throws ConfigurationError; UnfitDatabaseError on a schema that is not current; what PostgreSQL says
 */
export function withServices<T>(
  use: Use,
  action: (services: Services) => Promise<T> | T,
): Promise<T> {
  return inContext(CliModule.forRoot(configFor(use.needs), use), action);
}

/** As withServices, on a database whose schema may be missing or old. */
export function withAnySchema<T>(
  action: (dataSource: DataSource, config: CommandConfig) => Promise<T>,
): Promise<T> {
  const config = configFor();
  return inContext(CliModule.forSchema(config), (services) =>
    action(services.get(DataSource), config),
  );
}

function configFor(needs: readonly CommandNeed[] = []): CommandConfig {
  const environment = processEnvironment((sentence) => {
    console.error(`Warning: ${sentence}`);
  });
  return readCommandConfig(environment, needs);
}

async function inContext<T>(
  module: DynamicModule,
  action: (services: Services) => Promise<T> | T,
): Promise<T> {
  const context = await NestFactory.createApplicationContext(module, {
    logger: false,
    abortOnError: false,
  });
  try {
    return await action(context);
  } finally {
    await context.close();
  }
}
