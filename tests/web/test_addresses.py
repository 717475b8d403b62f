import pytest
from aiohttp.test_utils import make_mocked_request

from tvd.config.model import Server
from tvd.web.addresses import Addresses


class Transport:
    def __init__(self, peer: str) -> None:
        self._peer = peer

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self._peer, 1) if name == "peername" else default


def asked(peer: str, **headers: str):  # noqa: ANN201 - a mocked request
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("GET", "/", headers={"Host": "tv:8080"} | named, transport=Transport(peer))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.5, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("10.0.0.1", "spoofed", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
    ],
)
def test_only_proxies_of_ours_are_believed(peer: str, forwarded: str, client: str) -> None:
    addresses = Addresses(Server(trusted_proxies=("10.0.0.0/8",)))
    assert addresses.client(asked(peer, X_Forwarded_For=forwarded)) == client


def test_absolute_urls() -> None:
    forwarded = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "tv.example"}
    trusting = Addresses(Server(trusted_proxies=("10.0.0.1",)))
    assert trusting.base_url(asked("10.0.0.1", **forwarded)) == "https://tv.example"
    assert trusting.base_url(asked("192.0.2.9", **forwarded)) == "http://tv:8080"
    assert Addresses(Server(public_url="https://a.example/")).base_url(asked("192.0.2.9")) == "https://a.example"
