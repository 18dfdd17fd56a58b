"""Which options say who somebody is, and a statement without their values."""

import pytest

from flinksql.sql.credentials import is_credential, without_credentials


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "username",
        "properties.sasl.jaas.config",
        "value.avro-confluent.basic-auth.user-info",
        "s3.secret-key",
        "s3.access-key",
        "aws.credentials.basic.secretkey",
        "aws.credentials.basic.accesskeyid",
        "api-key",
        "connection.password",
        "scan.token",
    ],
)
def test_a_key_that_ends_in_such_a_word_is_a_credential(key: str) -> None:
    assert is_credential(key)


@pytest.mark.parametrize(
    "key",
    [
        "topic",
        "key.fields",
        "token.size",
        "secrets-manager.region",
        "aws.credentials.provider",
        "password.encoder",
        "userid",
        "fields.token-count.kind",
        "passwords",
        "",
    ],
)
def test_a_key_that_only_has_such_a_word_in_it_is_another_option(key: str) -> None:
    assert not is_credential(key)


def test_only_the_values_of_credentials_go() -> None:
    sql = "CREATE TABLE t ( password STRING ) WITH ( 'url' = 'password' , 'password' = 'it''s' , 'table-name' = 'password' )"
    expected = "CREATE TABLE t ( password STRING ) WITH ( 'url' = 'password' , 'password' = '' , 'table-name' = 'password' )"
    assert without_credentials(sql) == expected
