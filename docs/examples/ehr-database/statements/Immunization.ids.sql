select guid as id from ehr.immunization where not is_deleted;
