select t.guid as id,
       t.modified_dtm as changed_at,
       t.is_deleted as deleted,
       jsonb_strip_nulls(jsonb_build_object(
           'resourceType', 'AllergyIntolerance',
           'id', t.guid,
           'clinicalStatus', jsonb_build_object('coding', jsonb_build_array(jsonb_build_object('system', 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', 'code', t.status))),
           'category', case when t.category is not null then jsonb_build_array(t.category) end,
           'criticality', t.criticality,
           'code', jsonb_build_object('coding', jsonb_build_array(jsonb_build_object('system', 'http://www.nlm.nih.gov/research/umls/rxnorm', 'code', t.code, 'display', t.descr)), 'text', t.descr),
           'patient', jsonb_build_object('reference', 'Patient/' || p.guid),
           'recordedDate', to_char(t.recorded_dtm at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'recorder', case when t.provider_guid is not null then jsonb_build_object('reference', 'Practitioner/' || t.provider_guid) end,
           'reaction', case when t.reaction is not null then jsonb_build_array(jsonb_build_object('manifestation', jsonb_build_array(jsonb_build_object('text', t.reaction)))) end
       )) as content
from ehr.allergy t
join ehr.patient p on p.patient_id = t.patient_id
where t.modified_dtm >= :since
order by changed_at;
