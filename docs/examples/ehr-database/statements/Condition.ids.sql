select guid as id from ehr.problem where not is_deleted;
