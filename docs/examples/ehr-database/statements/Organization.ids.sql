select guid as id from ehr.practice where not is_deleted;
