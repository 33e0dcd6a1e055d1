select t.guid as id,
       t.modified_dtm as changed_at,
       t.is_deleted as deleted,
       jsonb_strip_nulls(jsonb_build_object(
           'resourceType', 'Location',
           'id', t.guid,
           'status', 'active',
           'name', t.name,
           'managingOrganization', case when t.practice_guid is not null then jsonb_build_object('reference', 'Organization/' || t.practice_guid) end,
           'partOf', case when t.part_of_guid is not null then jsonb_build_object('reference', 'Location/' || t.part_of_guid) end
       )) as content
from ehr.location t
where t.modified_dtm >= :since
order by changed_at;
