select guid as id from ehr.med_order where not is_deleted;
