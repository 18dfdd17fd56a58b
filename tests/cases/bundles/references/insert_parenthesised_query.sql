INSERT INTO sink (SELECT a FROM source)
