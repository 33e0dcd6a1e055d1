select t.guid as id,
       t.modified_dtm as changed_at,
       t.is_deleted as deleted,
       jsonb_strip_nulls(jsonb_build_object(
           'resourceType', 'Observation',
           'id', t.guid,
           'status', 'final',
           'category', jsonb_build_array(jsonb_build_object('coding', jsonb_build_array(jsonb_build_object('system', 'http://terminology.hl7.org/CodeSystem/observation-category', 'code', t.kind)))),
           'code', jsonb_build_object('coding', jsonb_build_array(jsonb_build_object('system', 'http://loinc.org', 'code', t.loinc, 'display', t.descr)), 'text', t.descr),
           'subject', jsonb_build_object('reference', 'Patient/' || p.guid),
           'encounter', case when t.encounter_guid is not null then jsonb_build_object('reference', 'Encounter/' || t.encounter_guid) end,
           'effectiveDateTime', to_char(t.observed_dtm at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'performer', case when t.provider_guid is not null then jsonb_build_array(jsonb_build_object('reference', 'Practitioner/' || t.provider_guid)) end,
           'valueQuantity', case when t.value is not null then jsonb_build_object('value', t.value, 'unit', t.unit, 'system', 'http://unitsofmeasure.org', 'code', t.unit) end,
           'valueString', case when t.value is null then t.value_text end,
           'referenceRange', case when coalesce(t.low, t.high) is not null then jsonb_build_array(jsonb_build_object('low', case when t.low is not null then jsonb_build_object('value', t.low) end, 'high', case when t.high is not null then jsonb_build_object('value', t.high) end)) end
       )) as content
from ehr.result_item t
join ehr.patient p on p.patient_id = t.patient_id
where t.modified_dtm >= :since
order by changed_at;
