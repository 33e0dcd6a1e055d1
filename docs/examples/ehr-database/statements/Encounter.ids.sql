select guid as id from ehr.encounter where not is_deleted;
