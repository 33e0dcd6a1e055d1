import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';

import { CommonModule } from '../common';
import { type CommandConfig, ConfigModule } from '../config';
import { DatabaseModule, UncheckedDatabaseModule } from '../database';

/** What the command line is put together from: the database, and the modules that a command uses. */
@Module({})
export class CliModule {
  static forRoot(
    config: CommandConfig,
    { imports = [], providers = [] }: Pick<ModuleMetadata, 'imports' | 'providers'>,
  ): DynamicModule {
    return {
      module: CliModule,
      imports: [
        ConfigModule.forRoot(config),
        CommonModule,
        DatabaseModule.forCommand(config),
        ...imports,
      ],
      providers,
    };
  }

  /** For commands about the schema itself: it may be missing or old. */
  static forSchema(config: CommandConfig): DynamicModule {
    return { module: CliModule, imports: [UncheckedDatabaseModule.forCommand(config)] };
  }
}
