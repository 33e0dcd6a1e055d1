select guid as id from ehr.provider where not is_deleted;
