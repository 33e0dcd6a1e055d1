create schema ehr;
create table ehr.practice(practice_id int primary key, guid text unique, name text, phone text, city text, state text, zip text, parent_guid text, modified_dtm timestamptz not null, is_deleted boolean not null default false);
create table ehr.location(location_id int primary key, guid text unique, name text, practice_guid text, part_of_guid text, modified_dtm timestamptz not null, is_deleted boolean not null default false);
create table ehr.provider(provider_id int primary key, guid text unique, npi text, family text, given text, gender text, phone text, modified_dtm timestamptz not null, is_deleted boolean not null default false);
create table ehr.patient(patient_id int primary key, guid text unique, mrn text, family text, given text, gender text, dob date, deceased boolean, race_code text, race text, birthsex text, phone text, line text, city text, state text, zip text, pcp_guid text, practice_guid text, modified_dtm timestamptz not null, is_deleted boolean not null default false);
create table ehr.encounter(encounter_id int primary key, guid text unique, patient_id int references ehr.patient, class_code text, type_code text, type_text text, status text, start_dtm timestamptz, end_dtm timestamptz, provider_guid text, location_guid text, practice_guid text, created_by_guid text, modified_dtm timestamptz not null, is_deleted boolean not null default false);
create table ehr.problem(problem_id int primary key, guid text unique, patient_id int references ehr.patient, encounter_guid text, snomed text, icd10 text, descr text, status text, onset text, abatement text, recorded_dtm timestamptz, provider_guid text, modified_dtm timestamptz not null, is_deleted boolean not null default false);
create table ehr.med_order(order_id int primary key, guid text unique, patient_id int references ehr.patient, encounter_guid text, rxnorm text, drug text, status text, authored_dtm timestamptz, sig text, refills int, provider_guid text, modified_dtm timestamptz not null, is_deleted boolean not null default false);
create table ehr.allergy(allergy_id int primary key, guid text unique, patient_id int references ehr.patient, code text, descr text, category text, criticality text, status text, reaction text, recorded_dtm timestamptz, provider_guid text, modified_dtm timestamptz not null, is_deleted boolean not null default false);
create table ehr.result_item(result_id int primary key, guid text unique, patient_id int references ehr.patient, encounter_guid text, kind text, loinc text, descr text, value numeric, unit text, value_text text, low numeric, high numeric, observed_dtm timestamptz, provider_guid text, modified_dtm timestamptz not null, is_deleted boolean not null default false);
create table ehr.immunization(imm_id int primary key, guid text unique, patient_id int references ehr.patient, cvx text, descr text, given_dtm timestamptz, lot text, location_guid text, provider_guid text, modified_dtm timestamptz not null, is_deleted boolean not null default false);
create table ehr.note(note_id int primary key, guid text unique, patient_id int references ehr.patient, encounter_guid text, loinc text, descr text, body text, written_dtm timestamptz, provider_guid text, modified_dtm timestamptz not null, is_deleted boolean not null default false);

-- What the statements look for. Whoever changes a row stamps it: a trigger does it for those who forget.
create index on ehr.practice (modified_dtm);
create index on ehr.location (modified_dtm);
create index on ehr.provider (modified_dtm);
create index on ehr.patient (modified_dtm);
create index on ehr.encounter (modified_dtm);
create index on ehr.problem (modified_dtm);
create index on ehr.med_order (modified_dtm);
create index on ehr.allergy (modified_dtm);
create index on ehr.result_item (modified_dtm);
create index on ehr.immunization (modified_dtm);
create index on ehr.note (modified_dtm);

create function ehr.stamp() returns trigger language plpgsql as $$
begin
  new.modified_dtm := clock_timestamp();
  return new;
end $$;

do $$
declare
  name text;
begin
  for name in select tablename from pg_tables where schemaname = 'ehr' loop
    execute format('create trigger stamp before insert or update on ehr.%I for each row execute function ehr.stamp()', name);
  end loop;
end $$;
