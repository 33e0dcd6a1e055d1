select guid as id from ehr.allergy where not is_deleted;
