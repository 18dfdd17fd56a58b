CREATE TABLE region_south WITH ('topic' = 'region-south') LIKE region_north
