"""Every kernel test runs on each build that is there."""

import pytest

from codec.builds import AXDR, FCS


@pytest.fixture(params=AXDR.values(), ids=AXDR.keys())
def axdr(request):
    return request.param


@pytest.fixture(params=FCS.values(), ids=FCS.keys())
def fcs(request):
    return request.param
