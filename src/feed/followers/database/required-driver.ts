import { DataSource } from 'typeorm';

import { ConfigurationError } from '../../../config';
import { dialectOf } from './dialect';

const PACKAGES: Readonly<Record<string, string>> = { 'mssql:': 'mssql', 'oracle:': 'oracledb' };

/** @throws ConfigurationError naming the package that this database needs and that is not installed */
export function requireDriver(url: string): void {
  try {
    new DataSource(dialectOf(url).options(url));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'DriverPackageNotInstalledError') throw error;
    const { protocol } = new URL(url);
    throw new ConfigurationError([
      `FEED_DATABASE_URL begins with ${protocol}// and needs a driver that is not installed: npm install ${PACKAGES[protocol] ?? ''}.`,
    ]);
  }
}
