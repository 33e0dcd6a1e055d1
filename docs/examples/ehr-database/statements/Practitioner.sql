select t.guid as id,
       t.modified_dtm as changed_at,
       t.is_deleted as deleted,
       jsonb_strip_nulls(jsonb_build_object(
           'resourceType', 'Practitioner',
           'id', t.guid,
           'identifier', case when t.npi is not null then jsonb_build_array(jsonb_build_object('system', 'http://hl7.org/fhir/sid/us-npi', 'value', t.npi)) end,
           'name', jsonb_build_array(jsonb_build_object('family', t.family, 'given', jsonb_build_array(t.given))),
           'gender', t.gender
       )) as content
from ehr.provider t
where t.modified_dtm >= :since
order by changed_at;
