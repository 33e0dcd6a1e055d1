select guid as id from ehr.note where not is_deleted;
