select t.guid as id,
       t.modified_dtm as changed_at,
       t.is_deleted as deleted,
       jsonb_strip_nulls(jsonb_build_object(
           'resourceType', 'Immunization',
           'id', t.guid,
           'status', 'completed',
           'vaccineCode', jsonb_build_object('coding', jsonb_build_array(jsonb_build_object('system', 'http://hl7.org/fhir/sid/cvx', 'code', t.cvx, 'display', t.descr)), 'text', t.descr),
           'patient', jsonb_build_object('reference', 'Patient/' || p.guid),
           'occurrenceDateTime', to_char(t.given_dtm at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'lotNumber', t.lot,
           'location', case when t.location_guid is not null then jsonb_build_object('reference', 'Location/' || t.location_guid) end,
           'performer', case when t.provider_guid is not null then jsonb_build_array(jsonb_build_object('actor', jsonb_build_object('reference', 'Practitioner/' || t.provider_guid))) end
       )) as content
from ehr.immunization t
join ehr.patient p on p.patient_id = t.patient_id
where t.modified_dtm >= :since
order by changed_at;
