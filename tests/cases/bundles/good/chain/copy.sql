INSERT INTO sink SELECT a FROM doubled;
