select t.guid as id,
       t.modified_dtm as changed_at,
       t.is_deleted as deleted,
       jsonb_strip_nulls(jsonb_build_object(
           'resourceType', 'Organization',
           'id', t.guid,
           'active', true,
           'name', t.name,
           'telecom', case when t.phone is not null then jsonb_build_array(jsonb_build_object('system', 'phone', 'value', t.phone)) end,
           'address', case when t.city is not null then jsonb_build_array(jsonb_build_object('city', t.city, 'state', t.state, 'postalCode', t.zip)) end,
           'partOf', case when t.parent_guid is not null then jsonb_build_object('reference', 'Organization/' || t.parent_guid) end
       )) as content
from ehr.practice t
where t.modified_dtm >= :since
order by changed_at;
