import pytest

from accounts.models import Company
from tests.conftest import Cast

BEYOND = (2**63, -(2**63) - 1, 10**40)


@pytest.mark.parametrize("beyond", BEYOND)
def test_a_key_that_no_column_holds_is_no_rows_alone_and_among_others(alborada: Cast, beyond: int) -> None:
    key = alborada.company.pk
    assert not Company.objects.filter(pk=beyond).exists()
    assert not Company.objects.filter(pk__in=[beyond]).exists()
    assert Company.objects.filter(pk__in=[beyond, key]).get() == alborada.company
    assert list(Company.objects.exclude(pk__in=[beyond])) == [alborada.company]
    assert Company.objects.filter(pk__in=Company.objects.values("pk")).count() == 1
