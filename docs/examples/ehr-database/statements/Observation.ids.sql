select guid as id from ehr.result_item where not is_deleted;
