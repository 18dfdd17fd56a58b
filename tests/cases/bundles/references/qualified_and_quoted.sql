INSERT INTO `default_catalog`.`default_database`.`my sink`
SELECT * FROM default_database.a JOIN hive.sales.orders ON TRUE JOIN `odd``name` ON TRUE JOIN sales.b ON TRUE
