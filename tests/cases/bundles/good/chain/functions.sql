CREATE FUNCTION Twice AS 'org.example.Twice'
