select guid as id from ehr.location where not is_deleted;
