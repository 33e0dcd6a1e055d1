select t.guid as id,
       t.modified_dtm as changed_at,
       t.is_deleted as deleted,
       jsonb_strip_nulls(jsonb_build_object(
           'resourceType', 'Condition',
           'id', t.guid,
           'clinicalStatus', jsonb_build_object('coding', jsonb_build_array(jsonb_build_object('system', 'http://terminology.hl7.org/CodeSystem/condition-clinical', 'code', t.status))),
           'code', jsonb_build_object('coding', jsonb_build_array(jsonb_build_object('system', 'http://snomed.info/sct', 'code', t.snomed, 'display', t.descr)), 'text', t.descr),
           'subject', jsonb_build_object('reference', 'Patient/' || p.guid),
           'encounter', case when t.encounter_guid is not null then jsonb_build_object('reference', 'Encounter/' || t.encounter_guid) end,
           'onsetString', t.onset,
           'abatementString', t.abatement,
           'recordedDate', to_char(t.recorded_dtm at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'recorder', case when t.provider_guid is not null then jsonb_build_object('reference', 'Practitioner/' || t.provider_guid) end
       )) as content
from ehr.problem t
join ehr.patient p on p.patient_id = t.patient_id
where t.modified_dtm >= :since
order by changed_at;
