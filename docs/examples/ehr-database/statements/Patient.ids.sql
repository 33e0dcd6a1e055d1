select guid as id from ehr.patient where not is_deleted;
