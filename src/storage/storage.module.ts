import { Module } from '@nestjs/common';

import { type Config, CONFIG } from '../config';
import { CheckedStorage } from './checked-storage';
import { FILE_STORAGE, type FileStorage } from './file-storage';
import { LocalDiskStorage } from './local-disk.storage';

/** The file storage that the configuration names, behind the check of keys. */
@Module({
  providers: [
    {
      provide: FILE_STORAGE,
      inject: [CONFIG],
      useFactory: (config: Config): FileStorage =>
        new CheckedStorage(new LocalDiskStorage(config.storage.directory)),
    },
  ],
  exports: [FILE_STORAGE],
})
export class StorageModule {}
