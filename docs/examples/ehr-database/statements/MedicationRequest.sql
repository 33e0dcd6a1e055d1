select t.guid as id,
       t.modified_dtm as changed_at,
       t.is_deleted as deleted,
       jsonb_strip_nulls(jsonb_build_object(
           'resourceType', 'MedicationRequest',
           'id', t.guid,
           'status', t.status,
           'intent', 'order',
           'medicationCodeableConcept', jsonb_build_object('coding', jsonb_build_array(jsonb_build_object('system', 'http://www.nlm.nih.gov/research/umls/rxnorm', 'code', t.rxnorm, 'display', t.drug)), 'text', t.drug),
           'subject', jsonb_build_object('reference', 'Patient/' || p.guid),
           'encounter', case when t.encounter_guid is not null then jsonb_build_object('reference', 'Encounter/' || t.encounter_guid) end,
           'authoredOn', to_char(t.authored_dtm at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'requester', case when t.provider_guid is not null then jsonb_build_object('reference', 'Practitioner/' || t.provider_guid) end,
           'dosageInstruction', case when t.sig is not null then jsonb_build_array(jsonb_build_object('text', t.sig)) end,
           'dispenseRequest', case when t.refills is not null then jsonb_build_object('numberOfRepeatsAllowed', t.refills) end
       )) as content
from ehr.med_order t
join ehr.patient p on p.patient_id = t.patient_id
where t.modified_dtm >= :since
order by changed_at;
