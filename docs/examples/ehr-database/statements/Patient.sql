select t.guid as id,
       t.modified_dtm as changed_at,
       t.is_deleted as deleted,
       jsonb_strip_nulls(jsonb_build_object(
           'resourceType', 'Patient',
           'id', t.guid,
           'identifier', case when t.mrn is not null then jsonb_build_array(jsonb_build_object('system', 'urn:example:mrn', 'value', t.mrn)) end,
           'name', jsonb_build_array(jsonb_build_object('family', t.family, 'given', jsonb_build_array(t.given))),
           'gender', t.gender,
           'birthDate', to_char(t.dob, 'YYYY-MM-DD'),
           'deceasedBoolean', t.deceased,
           'telecom', case when t.phone is not null then jsonb_build_array(jsonb_build_object('system', 'phone', 'value', t.phone)) end,
           'address', case when t.city is not null then jsonb_build_array(jsonb_build_object('line', case when t.line is not null then jsonb_build_array(t.line) end, 'city', t.city, 'state', t.state, 'postalCode', t.zip)) end,
           'generalPractitioner', case when t.pcp_guid is not null then jsonb_build_array(jsonb_build_object('reference', 'Practitioner/' || t.pcp_guid)) end,
           'managingOrganization', case when t.practice_guid is not null then jsonb_build_object('reference', 'Organization/' || t.practice_guid) end
       )) as content
from ehr.patient t
where t.modified_dtm >= :since
order by changed_at;
