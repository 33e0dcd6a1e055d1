import { type DynamicModule, Global, Module } from '@nestjs/common';

import type { CommandConfig } from './command-config';
import type { Config } from './config';

/** Injection token of the Config. */
export const CONFIG = Symbol('Config');

/** Gives the one frozen Config to the whole application. */
@Global()
@Module({})
export class ConfigModule {
  static forRoot(config: Config | CommandConfig): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: CONFIG, useValue: config }],
      exports: [CONFIG],
    };
  }
}
