select t.guid as id,
       t.modified_dtm as changed_at,
       t.is_deleted as deleted,
       jsonb_strip_nulls(jsonb_build_object(
           'resourceType', 'Encounter',
           'id', t.guid,
           'status', t.status,
           'class', jsonb_build_object('system', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'code', t.class_code),
           'type', case when t.type_code is not null then jsonb_build_array(jsonb_build_object('coding', jsonb_build_array(jsonb_build_object('system', 'http://snomed.info/sct', 'code', t.type_code, 'display', t.type_text)), 'text', t.type_text)) end,
           'subject', jsonb_build_object('reference', 'Patient/' || p.guid),
           'participant', case when t.provider_guid is not null then jsonb_build_array(jsonb_build_object('individual', jsonb_build_object('reference', 'Practitioner/' || t.provider_guid))) end,
           'period', case when coalesce(t.start_dtm, t.end_dtm) is not null then jsonb_build_object('start', to_char(t.start_dtm at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'end', to_char(t.end_dtm at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) end,
           'location', case when t.location_guid is not null then jsonb_build_array(jsonb_build_object('location', jsonb_build_object('reference', 'Location/' || t.location_guid))) end,
           'serviceProvider', case when t.practice_guid is not null then jsonb_build_object('reference', 'Organization/' || t.practice_guid) end
       )) as content
from ehr.encounter t
join ehr.patient p on p.patient_id = t.patient_id
where t.modified_dtm >= :since
order by changed_at;
