import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Registered apps with their keys and licences, and the assertions that were used. */
export class Auth1764000001000 implements MigrationInterface {
  name = 'Auth1764000001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema auth');
    await runner.query(`
      create table auth.app (
        id text collate "C" not null,
        name text not null,
        type text not null,
        jwks jsonb,
        jwks_url text,
        all_groups boolean not null default false,
        groups text[] not null default '{}',
        resource_types text[],
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        disabled_at timestamptz,
        constraint app_pkey primary key (id),
        constraint app_type check (type in ('system', 'patient', 'user')),
        constraint app_keys check (type <> 'system' or jwks is not null or jwks_url is not null),
        constraint app_one_key_source check (jwks is null or jwks_url is null)
      )`);
    await runner.query(`
      create table auth.used_assertion (
        app_id text collate "C" not null,
        jti text not null,
        expires_at timestamptz not null,
        constraint used_assertion_pkey primary key (app_id, jti)
      )`);
    await runner.query('create index used_assertion_expires on auth.used_assertion (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema auth cascade');
  }
}
