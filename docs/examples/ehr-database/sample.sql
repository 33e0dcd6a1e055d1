-- Made-up people: a practice, its clinicians, and patients with a short history each.
-- The setting ehr.patients says how many: set ehr.patients = '200';
insert into ehr.practice (practice_id, guid, name, phone, city, state, zip)
values (1, 'practice-1', 'Riverside Family Practice', '+1-555-0100', 'Springfield', 'IL', '62701');

insert into ehr.location (location_id, guid, name, practice_guid)
select n, 'location-' || n, 'Room ' || n, 'practice-1' from generate_series(1, 5) n;

insert into ehr.provider (provider_id, guid, npi, family, given, gender)
select n, 'provider-' || n, (1000000000 + n)::text,
       (array['Nguyen', 'Okafor', 'Svensson', 'Alvarez', 'Cohen'])[1 + n % 5],
       (array['Mai', 'Chidi', 'Lena', 'Rosa', 'David'])[1 + n % 5],
       (array['female', 'male'])[1 + n % 2]
from generate_series(1, 10) n;

insert into ehr.patient (patient_id, guid, mrn, family, given, gender, dob, phone, line, city, state, zip, pcp_guid, practice_guid)
select n, 'patient-' || n, lpad(n::text, 8, '0'),
       (array['Miller', 'Garcia', 'Chen', 'Kowalski', 'Haddad', 'Brown', 'Rossi'])[1 + n % 7],
       (array['Ann', 'Luis', 'Wei', 'Ewa', 'Omar', 'Joy', 'Piero', 'Tess'])[1 + n % 8],
       (array['female', 'male'])[1 + n % 2],
       date '1940-01-01' + (n * 7919) % 29000,
       '+1-555-' || lpad((n % 10000)::text, 4, '0'), n || ' Main Street', 'Springfield', 'IL', '62701',
       'provider-' || (1 + n % 10), 'practice-1'
from generate_series(1, current_setting('ehr.patients')::int) n;

insert into ehr.encounter (encounter_id, guid, patient_id, class_code, type_code, type_text, status, start_dtm, end_dtm, provider_guid, location_guid, practice_guid)
select patient_id, 'encounter-' || patient_id, patient_id, 'AMB', '185349003', 'Check up', 'finished',
       now() - patient_id * interval '1 hour', now() - patient_id * interval '1 hour' + interval '20 minutes',
       pcp_guid, 'location-' || (1 + patient_id % 5), practice_guid
from ehr.patient;

insert into ehr.problem (problem_id, guid, patient_id, encounter_guid, snomed, icd10, descr, status, recorded_dtm, provider_guid)
select patient_id, 'problem-' || patient_id, patient_id, 'encounter-' || patient_id,
       (array['38341003', '44054006', '195967001'])[1 + patient_id % 3],
       (array['I10', 'E11.9', 'J45.909'])[1 + patient_id % 3],
       (array['Hypertension', 'Type 2 diabetes', 'Asthma'])[1 + patient_id % 3],
       'active', now() - patient_id * interval '1 hour', pcp_guid
from ehr.patient;

insert into ehr.med_order (order_id, guid, patient_id, encounter_guid, rxnorm, drug, status, authored_dtm, sig, refills, provider_guid)
select patient_id, 'order-' || patient_id, patient_id, 'encounter-' || patient_id,
       (array['197361', '860975', '745679'])[1 + patient_id % 3],
       (array['Amlodipine 5 MG', 'Metformin 500 MG', 'Albuterol 0.09 MG/ACTUAT'])[1 + patient_id % 3],
       'active', now() - patient_id * interval '1 hour', 'Once daily', 3, pcp_guid
from ehr.patient;

insert into ehr.allergy (allergy_id, guid, patient_id, code, descr, category, criticality, status, reaction, recorded_dtm, provider_guid)
select patient_id, 'allergy-' || patient_id, patient_id, '7980', 'Penicillin', 'medication', 'high', 'active',
       'Hives', now() - patient_id * interval '1 hour', pcp_guid
from ehr.patient where patient_id % 4 = 0;

insert into ehr.result_item (result_id, guid, patient_id, encounter_guid, kind, loinc, descr, value, unit, low, high, observed_dtm, provider_guid)
select patient_id * 4 + k, 'result-' || patient_id || '-' || k, patient_id, 'encounter-' || patient_id,
       (array['vital-signs', 'vital-signs', 'laboratory', 'laboratory'])[k + 1],
       (array['8867-4', '29463-7', '4548-4', '2345-7'])[k + 1],
       (array['Heart rate', 'Body weight', 'Hemoglobin A1c', 'Glucose'])[k + 1],
       (array[72, 70.50, 5.6, 98.0])[k + 1] + patient_id % 9,
       (array['/min', 'kg', '%', 'mg/dL'])[k + 1],
       (array[60, null, 4.0, 70])[k + 1], (array[100, null, 5.6, 99])[k + 1],
       now() - patient_id * interval '1 hour', pcp_guid
from ehr.patient cross join generate_series(0, 3) k;

insert into ehr.immunization (imm_id, guid, patient_id, cvx, descr, given_dtm, lot, location_guid, provider_guid)
select patient_id, 'immunization-' || patient_id, patient_id, '140', 'Influenza', now() - interval '30 days',
       'LOT' || patient_id, 'location-1', pcp_guid
from ehr.patient where patient_id % 2 = 0;

insert into ehr.note (note_id, guid, patient_id, encounter_guid, loinc, descr, body, written_dtm, provider_guid)
select patient_id, 'note-' || patient_id, patient_id, 'encounter-' || patient_id, '11506-3', 'Progress note',
       'Seen for a check-up. Feels well.', now() - patient_id * interval '1 hour', pcp_guid
from ehr.patient;
