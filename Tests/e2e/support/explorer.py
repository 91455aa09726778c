"""The made-up world of the discovery tests, and a Postroom that lives in it."""
import pytest

from .postroom import Postroom
from .world import BOMB, World, autodiscover, client_config, pacc


@pytest.fixture(scope="session")
def world(bed, tmp_path_factory):
    world = World(bed, tmp_path_factory.mktemp("world"))
    servers = lambda domain: (f"imap.{domain}", f"smtp.{domain}")  # noqa: E731
    for domain in ("pacc.test", "auto.test", "wellknown.test", "srv.test", "disco.test", "guess.test", "conflict.test", "other.conflict.test",
                   "huge.test", "slow.test", "bomb.test", "hoster.test", f"local.{bed.domain}"):
        world.host(*servers(domain))
    world.pacc("pacc.test", pacc(*servers("pacc.test")))
    world.pacc("paccbad.test", pacc("imap.pacc.test", "smtp.pacc.test"), digest="AAAA" * 10 + "AAA=")
    world.autoconfig("auto.test", client_config(*servers("auto.test")))
    world.document("wellknown.test", "/.well-known/autoconfig/mail/config-v1.1.xml", client_config(*servers("wellknown.test")))
    world.mx("mxauto.test", "mx1.hoster.test")
    world.autoconfig("hoster.test", client_config(*servers("hoster.test")))
    for service, host, port in (("imaps", "imap", 993), ("submissions", "smtp", 465)):
        world.srv("srv.test", service, f"{host}.srv.test", port)
        world.srv("elsewhere.test", service, f"{host}.srv.test", port)
        world.srv("private.test", service, "inside.private.test", port)
    world.host("inside.private.test", address="10.9.8.7")
    for service in ("imaps", "imap", "submissions", "submission"):
        world.srv("srvoff.test", service)
    world.mx("company.test", "aspmx.l.google.com")
    world.host("imap.gmail.com", "smtp.gmail.com")
    world.document("autodiscover.disco.test", "/autodiscover/autodiscover.xml", autodiscover(*servers("disco.test")))
    world.pacc("conflict.test", pacc(*servers("conflict.test")))
    world.autoconfig("conflict.test", client_config(*servers("other.conflict.test")))
    # Hostile ones. Each has SRV records that work, so that it is seen that one bad answer spoils nothing.
    world.autoconfig("huge.test", "x" * 1024, repeat=10_000)
    world.autoconfig("slow.test", client_config(*servers("slow.test")), delay=30)
    world.autoconfig("bomb.test", client_config("imap.bomb.test", "smtp.bomb.test", name="&i;", before=BOMB))
    for domain in ("huge.test", "slow.test", "bomb.test"):
        world.srv(domain, "imaps", f"imap.{domain}", 993)
        world.srv(domain, "submissions", f"smtp.{domain}", 465)
    world.autoconfig("redirect.test", status=302, location="https://10.1.2.3/mail/config-v1.1.xml")
    world.autoconfig("unprotected.test", status=302, location="http://autoconfig.auto.test/mail/config-v1.1.xml")
    world.autoconfig("echo.test", client_config("imap.auto.test", "smtp.auto.test", login="somebody.else@echo.test"))
    world.autoconfig("page.test", "<html><body>Welcome</body></html>")
    world.autoconfig("badcert.test", client_config("imap.auto.test", "smtp.auto.test"), certified=False)
    world.autoconfig(f"local.{bed.domain}", client_config(*servers(f"local.{bed.domain}")))
    try:
        world.start()
        yield world
    finally:
        world.stop()


class Worldly(Postroom):
    """A Postroom whose name server is the world's."""

    dns = None

    def options(self):
        options = super().options()
        options[options.index("--dns") + 1] = self.dns
        return options


@pytest.fixture(scope="session")
def explorer(bed, world, tmp_path_factory):
    server = Worldly(bed, tmp_path_factory.mktemp("explorer"))
    server.dns = f"127.0.0.1:{world.dns_port}"
    server.add_user("admin", "--admin")
    server.add_user("member")
    server.serve()
    yield server
    server.stop()
