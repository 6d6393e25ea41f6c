# SPDX-License-Identifier: ISC
"""A bridge with one desktop, whose section a test writes."""

import pytest
from pages import open_page
from people import People
from waiting import until
from wsclient import Closed


@pytest.fixture
def lab(bridge, testcard):
    """A bridge with a desktop "x" whose section has more in it."""

    def make(section, workers=2, users=(), **settings):
        card = testcard("echo")
        extra = f'target "x" {{ address = "{card.target}" {section} }}\n'
        if users:
            people = People(bridge.directory)
            for name, groups in users:
                people.add(name, groups=groups)
            extra = people.section + extra
        one = bridge(workers=workers, extra=extra, **settings)
        one.card = card
        return one

    return make


def is_open_now(one, headers=()):
    """Whether somebody gets in; who did is gone again."""
    try:
        page = open_page(one, "x", headers=headers).greeted()
    except (Closed, OSError, EOFError):
        return False
    page.shut()
    return True


def get_in(one):
    """Somebody's page, once the desktop is free."""
    found = []

    def tries():
        try:
            found.append(open_page(one, "x").greeted())
        except (Closed, OSError, EOFError):
            return False
        return True

    until(tries, 10, "the desktop to be free again")
    return found[0]
