select t.guid as id,
       t.modified_dtm as changed_at,
       t.is_deleted as deleted,
       jsonb_strip_nulls(jsonb_build_object(
           'resourceType', 'DocumentReference',
           'id', t.guid,
           'status', 'current',
           'type', jsonb_build_object('coding', jsonb_build_array(jsonb_build_object('system', 'http://loinc.org', 'code', t.loinc, 'display', t.descr)), 'text', t.descr),
           'subject', jsonb_build_object('reference', 'Patient/' || p.guid),
           'date', to_char(t.written_dtm at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'author', case when t.provider_guid is not null then jsonb_build_array(jsonb_build_object('reference', 'Practitioner/' || t.provider_guid)) end,
           'content', jsonb_build_array(jsonb_build_object('attachment', jsonb_build_object('contentType', 'text/plain; charset=utf-8', 'data', replace(encode(convert_to(t.body, 'UTF8'), 'base64'), e'\n', '')))),
           'context', case when t.encounter_guid is not null then jsonb_build_object('encounter', jsonb_build_array(jsonb_build_object('reference', 'Encounter/' || t.encounter_guid))) end
       )) as content
from ehr.note t
join ehr.patient p on p.patient_id = t.patient_id
where t.modified_dtm >= :since
order by changed_at;
