-- Good answers and the others.
-- parallelism: 4
EXECUTE STATEMENT SET BEGIN
INSERT INTO good SELECT CASE WHEN a > 1 THEN 'END' ELSE 'x' END FROM judged WHERE reason = 'ok';
INSERT INTO bad SELECT a FROM judged WHERE reason <> 'ok';
END;
